import type { Tool } from '../findings.ts';
import type { CertificateObject, Purpose } from '../objects.ts';
import { writePem } from '../pem.ts';
import { tryRun } from '../run.ts';
import { openCertificateTool, openListTool } from './certificate-tool.ts';
import type { Objection } from './verdict.ts';

export type Lists = 'lists' | 'completeLists';

const PURPOSES: Readonly<Record<Purpose, readonly string[]>> = {
  server: ['-purpose', 'sslserver'],
  client: ['-purpose', 'sslclient'],
  responder: ['-purpose', 'ocsphelper'],
  any: [],
};

/** `openssl verify -x509_strict`, with CRLs if `lists` names some. */
export function openOpenssl(directory: string, name: string, lists: Lists | null): Tool {
  return openCertificateTool({
    name,
    judges: (object) => lists === null || object[lists].length > 0,
    asksRevocation: lists !== null,
    verify: (object) => verify(directory, object, lists),
  });
}

async function verify(
  directory: string,
  object: CertificateObject,
  lists: Lists | null,
): Promise<Objection> {
  const write = (name: string, blocks: readonly string[]) => writePem(directory, name, blocks);
  const { code, stdout, stderr } = await tryRun('openssl', [
    ...['verify', '-x509_strict', ...PURPOSES[object.purpose], '-no-CApath', '-no-CAstore'],
    ...['-CAfile', write('openssl-root.pem', [object.rootPem])],
    ...(object.intermediates.length === 0
      ? []
      : ['-untrusted', write('openssl-untrusted.pem', object.intermediates)]),
    // It checks the root too, which names no CRL.
    ...(lists === null
      ? []
      : [
          '-crl_check_all',
          '-CRLfile',
          write('openssl-lists.pem', [...object[lists], ...object.rootLists]),
        ]),
    object.path,
  ]);
  return code === 0 ? null : `${stdout}${stderr}`;
}

/** `openssl crl -verify`: the signature of each CRL. */
export function openOpensslCrl(directory: string): Tool {
  return openListTool('openssl crl', async (object) => {
    const issuerPath = writePem(directory, 'openssl-issuer.pem', [object.issuerPem]);
    const args = ['crl', '-verify', '-noout', '-CAfile', issuerPath, '-in', object.path];
    const { stderr } = await tryRun('openssl', args);
    return /^verify OK$/m.test(stderr) ? null : stderr;
  });
}
