import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from '../findings.ts';
import { type AnswerObject, isAnswer } from '../objects.ts';
import { tryRun } from '../run.ts';
import { type Objection, reportObjection } from './verdict.ts';

/** `openssl ocsp`: signature, authorization to sign, times, and the expected status. */
export function openOpensslOcsp(directory: string): Tool {
  return openAnswerTool('openssl ocsp', async (object) => {
    const rootPath = join(directory, 'openssl-ocsp-root.pem');
    writeFileSync(rootPath, object.rootPem);
    const { stdout, stderr } = await tryRun('openssl', [
      ...['ocsp', '-respin', object.path, '-issuer', object.issuerPath, ...object.question],
      ...['-no_nonce', '-CAfile', rootPath],
    ]);
    if (!/^Response verify OK$/m.test(stderr)) return `${stderr}${stdout}`;
    return compareStatus(object, /: (good|revoked|unknown)$/m.exec(stdout)?.[1]);
  });
}

/** `ocsptool --verify-response`: signed by the issuer or by its delegated responder. */
export function openOcsptool(): Tool {
  return openAnswerTool('ocsptool', async (object) => {
    const { code, stdout, stderr } = await tryRun('ocsptool', [
      ...['--verify-response', '--load-response', object.path],
      ...['--load-trust', object.issuerPath],
    ]);
    if (code !== 0) return `${stdout}${stderr}`;
    const info = await tryRun('ocsptool', ['--response-info', '--infile', object.path]);
    return compareStatus(object, /Certificate Status: (\w+)/.exec(info.stdout)?.[1]);
  });
}

function compareStatus({ expected }: AnswerObject, status: string | undefined): Objection {
  return status === expected
    ? null
    : `it reads ${status ?? 'no status'} where ${expected} is right`;
}

function openAnswerTool(name: string, verify: (object: AnswerObject) => Promise<Objection>): Tool {
  return {
    name,
    judges: isAnswer,
    async check(objects) {
      const findings = [];
      for (const object of objects.filter(isAnswer)) {
        findings.push(...reportObjection(name, object, await verify(object)));
      }
      return findings;
    },
  };
}
