import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from '../findings.ts';
import { type ConformanceObject, isAnswer, isCertificate, isWayAround } from '../objects.ts';
import { run } from '../run.ts';
import { parsePkilintLine } from './pkilint-output.ts';

const DRIVER = join(import.meta.dirname, '..', 'lint-files.py');
const REPORT = ['-s', 'NOTICE', '-f', 'JSON'];

/** Lints each object. @param python the Python of pkilint's virtual environment */
export function openPkilint(python: string): Tool {
  return openLinter(
    'pkilint',
    python,
    (object) => !isWayAround(object),
    (object) => {
      if (isAnswer(object))
        return ['lint_ocsp_response', 'lint', ...REPORT, '--document-format', 'DER', object.path];
      if (isCertificate(object)) return ['lint_pkix_cert', 'lint', ...REPORT, object.path];
      // The types differ only in rules of the Baseline Requirements.
      return ['lint_crl', 'lint', '-t', 'CRL', '-p', 'PKIX', ...REPORT, object.path];
    },
  );
}

/**
 * Lints each certificate with its issuer. Roots are left out: the linter requires an authority key
 * identifier, which RFC 5280 section 4.2.1.1 makes optional there.
 */
export function openPkilintChain(python: string, directory: string): Tool {
  const judges = (object: ConformanceObject) =>
    isCertificate(object) && object.kind !== 'root' && !isWayAround(object);
  return openLinter('pkilint chain', python, judges, (object) => {
    if (!isCertificate(object)) return null;
    const issuerPath = join(directory, `${object.name}.issuer.pem`);
    writeFileSync(issuerPath, object.intermediates[0] ?? object.rootPem);
    return ['lint_pkix_signer_signee_cert_chain', 'lint', ...REPORT, issuerPath, object.path];
  });
}

function openLinter(
  name: string,
  python: string,
  judges: Tool['judges'],
  command: (object: ConformanceObject) => readonly string[] | null,
): Tool {
  return {
    name,
    judges,
    async check(objects) {
      const input = objects.map((object) => `${JSON.stringify(command(object))}\n`).join('');
      const { stdout } = await run(python, [DRIVER], { input });
      const lines = stdout.trim().split('\n');
      if (lines.length !== objects.length)
        throw new Error(`pkilint answered ${lines.length} times`);
      return objects.flatMap((object, at) =>
        parsePkilintLine(lines[at] ?? '').map((finding) => ({ ...finding, tool: name, object })),
      );
    },
  };
}
