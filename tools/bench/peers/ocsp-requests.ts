import { randomBytes, X509Certificate } from 'node:crypto';
import type { Answer } from '../http-answer.ts';
import { encodeRequest, type RawRequest } from '../http-client.ts';
import { encodeCertId, encodeOcspPost, encodeOcspRequest, encodeWithNonce } from '../ocsp.ts';
import { askOnce, type Csr, type SigningServer } from './server.ts';
import type { Signet } from './servers/signet.ts';

const NONCES = 500;
const NONCE_BYTES = 16;
/** ENUMERATED successful, RFC 6960 section 4.2.1. */
const SUCCESSFUL = Buffer.from('0a0100', 'hex');
const IS_AMONG_FIRST = 16;

/** Returns POSTs for one certificate, each with a nonce of its own. */
export function makeOcspPosts(
  path: string,
  caDer: Uint8Array<ArrayBuffer>,
  serialHex: string,
): RawRequest[] {
  const certId = encodeCertId(caDer, serialHex);
  return Array.from({ length: NONCES }, () =>
    encodeOcspPost(path, encodeWithNonce(certId, randomBytes(NONCE_BYTES))),
  );
}

/** Returns the path of a GET for a certificate that Signet issues for this. */
export async function encodeSharedOcspPath(signet: Signet, csr: Csr): Promise<string> {
  const { caDer, serialHex } = await issue(signet, csr);
  const der = encodeOcspRequest(encodeCertId(caDer, serialHex), []);
  return `/ocsp/default/${encodeURIComponent(Buffer.from(der).toString('base64'))}`;
}

/** Has Signet issue a certificate. */
export async function issue(signet: Signet, csr: Csr) {
  const certificate = await signOne(signet, csr);
  const { body } = await askOnce(signet, encodeRequest({ path: '/ca/default.crt' }));
  return { caDer: new Uint8Array(body), serialHex: certificate.serialNumber.toLowerCase() };
}

export async function signOne(server: SigningServer, csr: Csr): Promise<X509Certificate> {
  const [request] = server.toRequests([csr], 1);
  if (request === undefined) throw new Error('There is no request');
  const answer = await askOnce(server, request);
  if (answer.status !== server.expectedStatus) {
    throw new Error(`${server.name} answers ${answer.status}: ${answer.body}`);
  }
  return new X509Certificate(server.readCertificate(answer));
}

/** @throws Error if it is no OCSP response about a known certificate */
export function checkOcspResponse(name: string, { status, head, body }: Answer): void {
  if (status !== 200 || !body.subarray(0, IS_AMONG_FIRST).includes(SUCCESSFUL)) {
    throw new Error(`${name} gives no OCSP response: ${head} ${body.toString('hex')}`);
  }
}
