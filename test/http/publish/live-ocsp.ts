import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { parsePem } from '../../../src/asn1/pem.ts';
import worker from '../../../src/index.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import type { CertIdHash } from '../../../src/x509/status/ocsp-request.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { makeCertIdOf, makeOcspRequest } from '../../x509/status/make-ocsp-request.ts';
import { openWorker } from '../live.ts';
import { readOcspResponse } from './read-ocsp-response.ts';

export function firstCertificate(pem: string) {
  const [block] = parsePem(pem);
  if (block === undefined) throw new Error('no PEM');
  return parseCertificate(block.der);
}

/** The whole Worker, with the requests of OCSP clients. */
export async function openOcspWorker(
  changes: Readonly<Record<string, string>> = {},
  known?: D1Database,
) {
  const live = await openWorker(changes, known);
  // One object for all requests, because the Worker keeps its state by it.
  const bindings = { ...env, ...changes, DB: live.counted.db };

  /** Sends one request. */
  async function ask(path: string, init: RequestInit<IncomingRequestCfProperties> = {}) {
    const context = createExecutionContext();
    const response = await worker.fetch(
      new Request<unknown, IncomingRequestCfProperties>(`http://ca.test${path}`, init),
      bindings,
      context,
    );
    const body = new Uint8Array(await response.arrayBuffer());
    await waitOnExecutionContext(context);
    return { response, body };
  }

  async function post(authorityId: string, body: Uint8Array<ArrayBuffer>) {
    const headers = { 'Content-Type': 'application/ocsp-request' };
    const answer = await ask(`/ocsp/${authorityId}`, { method: 'POST', headers, body });
    return { ...answer, ocsp: readOcspResponse(answer.body) };
  }

  async function get(authorityId: string, der: Uint8Array, headers: HeadersInit = {}) {
    const path = `/ocsp/${authorityId}/${encodeURIComponent(der.toBase64())}`;
    return ask(path, { headers });
  }

  async function issue(authority?: string): Promise<{ serialHex: string; pem: string }> {
    const csr = await makeCsrPem({ subject: [commonName('leaf.test')] });
    const { status, json, text } = await live.send('/api/v1/certificates', {
      body: { csr, ...(authority === undefined ? {} : { authority }) },
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    });
    if (status !== 201) throw new Error(`no certificate: ${text}`);
    return { serialHex: String(json.serial), pem: String(json.certificate) };
  }

  async function revoke(serialHex: string, body: object = {}): Promise<void> {
    const { status, text } = await live.send(`/api/v1/certificates/${serialHex}/revoke`, { body });
    if (status !== 200) throw new Error(`not revoked: ${text}`);
  }

  async function findCa(authorityId = 'default') {
    const { text } = await live.send(`/ca/${authorityId}.pem`, { as: null });
    const certificate = firstCertificate(text);
    const { subjectPublicKey } = parsePublicKey(certificate.spkiDer);
    return { certificate, subjectDer: certificate.subjectDer, subjectPublicKey };
  }

  async function certId(
    serialHex: string,
    hash: CertIdHash = 'SHA-1',
    authorityId = 'default',
  ): Promise<Uint8Array> {
    return makeCertIdOf(await findCa(authorityId), serialHex, hash);
  }

  async function request(
    serialHex: string,
    hash?: CertIdHash,
    authorityId?: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return makeOcspRequest([await certId(serialHex, hash, authorityId)]);
  }

  return { ...live, ask, post, get, issue, revoke, findCa, certId, request };
}
