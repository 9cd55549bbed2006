import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from './client.ts';
import type { Signer } from './corpus.ts';
import { type AnswerObject, type CertificateObject, isWayAround } from './objects.ts';
import { run } from './run.ts';

/** Serial numbers that no authority has issued, one per kind of response, because of the cache. */
const UNKNOWN_SERIALS = {
  'OCSP answer': '0x1234567890abcdef1234567890abcdef',
  'delegated OCSP answer': '0x1234567890abcdef1234567890abcdee',
} as const;

/** Certificates that only delegated responders are asked about, because responses are cached. */
const DELEGATED = /-(wildcard|addresses|revoked-superseded|of-root-2)$/;

interface Gathered {
  readonly answers: readonly AnswerObject[];
  /** Certificates of delegated responders in PEM, by the authority that delegated them. */
  readonly responders: readonly { readonly signer: Signer; readonly pem: string }[];
}

/**
 * Gets OCSP responses for every certificate with an OCSP address and for unknown serial numbers:
 * first signed with the CAs' own keys, then by delegated responders, which remain.
 */
export async function makeAnswers(
  client: Client,
  signers: readonly Signer[],
  certificates: readonly CertificateObject[],
  directory: string,
): Promise<Gathered> {
  const asked = certificates.filter((object) => object.ocspUrl !== null && !isWayAround(object));
  const later = asked.filter(({ name }) => DELEGATED.test(name));
  const direct = await askAll(
    asked.filter((object) => !later.includes(object)),
    'OCSP answer',
    directory,
  );
  const responders: { signer: Signer; pem: string }[] = [];
  for (const signer of signers) {
    const url = `${client.server.url}/ocsp/${signer.id}`;
    if (!later.some(({ ocspUrl }) => ocspUrl === url)) continue;
    const pem = await client.delegateOcsp(signer.id);
    responders.push({ signer, pem });
  }
  const delegated = await askAll(later, 'delegated OCSP answer', directory);
  return { answers: [...direct, ...delegated], responders };
}

async function askAll(
  certificates: readonly CertificateObject[],
  kind: AnswerObject['kind'],
  directory: string,
): Promise<AnswerObject[]> {
  const answers: AnswerObject[] = [];
  const askedUrls = new Set<string>();
  for (const certificate of certificates) {
    const { ocspUrl: url, name, path } = certificate;
    if (url === null) continue;
    const expected = certificate.kind === 'revoked leaf' ? 'revoked' : 'good';
    const of = { certificate, kind, url, directory };
    answers.push(await ask(name, ['-cert', path], expected, of));
    if (askedUrls.has(url)) continue;
    askedUrls.add(url);
    const unknown = ['-serial', UNKNOWN_SERIALS[kind]];
    answers.push(await ask(`${name}-unknown`, unknown, 'unknown', of));
  }
  return answers;
}

interface Question extends Pick<AnswerObject, 'kind'> {
  readonly certificate: CertificateObject;
  readonly url: string;
  readonly directory: string;
}

async function ask(
  name: string,
  question: readonly string[],
  expected: AnswerObject['expected'],
  { certificate, kind, url, directory }: Question,
): Promise<AnswerObject> {
  const { rootPem, caAlgorithm } = certificate;
  const path = join(directory, `${name}.ocsp`);
  const issuerPath = join(directory, `${name}.ocsp-issuer.pem`);
  writeFileSync(issuerPath, certificate.intermediates[0] ?? rootPem);
  // The tools judge the response later.
  await run('openssl', [
    ...['ocsp', '-issuer', issuerPath, ...question, '-no_nonce', '-noverify'],
    ...['-url', url, '-respout', path],
  ]);
  return {
    form: 'answer',
    kind,
    name,
    path,
    caAlgorithm,
    der: readFileSync(path),
    question,
    expected,
    issuerPath,
    rootPem,
  };
}
