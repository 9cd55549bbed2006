import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnswerObject, type CertificateObject, isWayAround } from './objects.ts';
import { run } from './run.ts';

/** A serial number that no authority has given. */
const UNKNOWN_SERIAL = '0x1234567890abcdef1234567890abcdef';

/** What authorities answer by OCSP of every certificate that names an address for it, and of unknown ones. */
export async function makeAnswers(
  certificates: readonly CertificateObject[],
  directory: string,
): Promise<AnswerObject[]> {
  const answers: AnswerObject[] = [];
  const asked = new Set<string>();
  for (const certificate of certificates) {
    if (certificate.ocspUrl === null || isWayAround(certificate)) continue;
    const issuerPem = certificate.intermediates[0] ?? certificate.rootPem;
    const of = { certificate, issuerPem, url: certificate.ocspUrl, directory };
    answers.push(await ask(certificate.name, ['-cert', certificate.path], of));
    if (!asked.has(certificate.ocspUrl)) {
      answers.push(await ask(`${certificate.name}-unknown`, ['-serial', UNKNOWN_SERIAL], of));
    }
    asked.add(certificate.ocspUrl);
  }
  return answers;
}

interface Question {
  readonly certificate: CertificateObject;
  readonly issuerPem: string;
  readonly url: string;
  readonly directory: string;
}

async function ask(
  name: string,
  what: readonly string[],
  { certificate, issuerPem, url, directory }: Question,
): Promise<AnswerObject> {
  const path = join(directory, `${name}.ocsp`);
  const issuerPath = join(directory, 'ocsp-issuer.pem');
  writeFileSync(issuerPath, issuerPem);
  // Openssl's exit code is that of its own check, which is another tool's row.
  await run('openssl', [
    ...['ocsp', '-issuer', issuerPath, ...what, '-no_nonce', '-noverify'],
    ...['-url', url, '-respout', path],
  ]);
  return {
    form: 'answer',
    kind: 'OCSP answer',
    name,
    path,
    caAlgorithm: certificate.caAlgorithm,
    der: readFileSync(path),
    issuerPem,
  };
}
