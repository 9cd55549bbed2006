import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tool } from '../findings.ts';
import { type CertificateObject, isCertificate } from '../objects.ts';
import { run } from '../run.ts';
import { compareVerdict } from './verdict.ts';

const PROGRAM = join(import.meta.dirname, '..', 'CheckPaths.java');

export type RevocationSource = 'none' | 'lists' | 'completeLists' | 'ocsp';

/** Java's CertPathValidator. For OCSP it uses the address in each certificate. */
export function openJava(directory: string, name: string, source: RevocationSource): Tool {
  const hasSource = (object: CertificateObject) => {
    if (source === 'none') return true;
    return source === 'ocsp' ? object.ocspUrl !== null : object[source].length > 0;
  };
  return {
    name,
    judges: (object) => isCertificate(object) && hasSource(object),
    async check(objects) {
      const certificates = objects.filter(isCertificate);
      if (certificates.length === 0) return [];
      const args = certificates.flatMap((object) => {
        const path = join(directory, `${object.name}.java-path.pem`);
        writeFileSync(path, [object.pem, ...object.intermediates, object.rootPem].join(''));
        if (source === 'none' || source === 'ocsp') return [path, '-', source];
        const listsPath = join(directory, `${object.name}.java-lists.pem`);
        writeFileSync(listsPath, object[source].join(''));
        return [path, listsPath, 'lists'];
      });
      const { stdout } = await run('java', ['-Duser.language=en', PROGRAM, ...args]);
      const lines = stdout.trim().split('\n');
      if (lines.length !== certificates.length)
        throw new Error(`Java answered ${lines.length} times`);
      return certificates.flatMap((object, at) => {
        const line = lines[at] ?? '';
        const objection = line === 'OK' ? null : line;
        return compareVerdict(name, object, objection, source !== 'none');
      });
    },
  };
}
