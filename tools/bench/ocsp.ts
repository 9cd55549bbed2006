import '../byte-encodings.ts';
import { createHash, X509Certificate } from 'node:crypto';
import { encodeElement, encodeSequence, TAG } from '../../src/asn1/der.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { encodeExtension } from '../../src/x509/certificate/extensions.ts';
import { parsePublicKey } from '../../src/x509/keys/public-key.ts';
import { encodeCertIds, OCSP_OID } from '../../src/x509/status/ocsp-request.ts';
import { readCsrPem } from './fixtures.ts';
import { encodeRequest, type RawRequest } from './http-client.ts';
import type { ComparisonOptions, LoadGenerator, Target } from './load.ts';
import type { Section } from './report.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

const OPTIONS: ComparisonOptions = {
  connections: 16,
  warmUpRequests: 6000,
  requestsPerRound: 400,
  rounds: 15,
};
/** Headers that the server adds, or that Signet sets anew for each response. */
const NOT_STORED = ['connection', 'date', 'transfer-encoding', 'x-request-id'];
const NONCE_OCTETS = 32;
const REQUEST_EXTENSIONS_TAG = 0xa2;

/** Compares OCSP from the cache with a route that only reads the cache, and OCSP with a new signature. */
export async function measureOcsp(load: LoadGenerator, signet: Workbench): Promise<Section> {
  const certIdDer = await makeCertId(signet);
  const shared = Buffer.from(encodeOcspRequest(certIdDer, [])).toString('base64');
  const path = `/ocsp/default/${encodeURIComponent(shared)}`;
  const unique = encodeWithNonce(certIdDer, new Uint8Array(NONCE_OCTETS).fill(7));
  const bareCache = await setUpWorkbench('tools/bench/workers/bare-hono.ts');
  const bareSigner = await setUpWorkbench('tools/bench/workers/bare-ocsp.ts');
  const toTarget = ({ port }: Workbench, request: RawRequest): Target => ({
    port,
    request,
    expectedStatus: 200,
  });
  try {
    await copyAnswer(`${signet.server.url}${path}`, `${bareCache.server.url}/cached`);
    const cached = await load.compare(
      toTarget(signet, encodeRequest({ path })),
      toTarget(bareCache, encodeRequest({ path: '/cached' })),
      OPTIONS,
    );
    const signed = await load.compare(
      toTarget(signet, encodeOcspPost('/ocsp/default', unique)),
      toTarget(bareSigner, encodeOcspPost('/', unique)),
      OPTIONS,
    );
    return {
      title:
        'OCSP, against a Hono route that asks the cache, and one query with one P-256 signature',
      rows: [
        {
          name: 'GET from the cache',
          value: cached.subjectRate,
          unit: '/s',
          ratio: cached.ratio,
          aim: { ratioAtLeast: 0.9 },
        },
        {
          name: 'the bare route that asks the cache for the same answer',
          value: cached.baselineRate,
          unit: '/s',
        },
        {
          name: 'POST with a nonce',
          value: signed.subjectRate,
          unit: '/s',
          ratio: signed.ratio,
          aim: { ratioAtLeast: 0.7 },
        },
        { name: 'the bare query and signature', value: signed.baselineRate, unit: '/s' },
      ],
    };
  } finally {
    await bareCache.stop();
    await bareSigner.stop();
  }
}

/** Stores a response in the baseline's cache, so that both sides serve the same bytes and headers. */
async function copyAnswer(from: string, to: string): Promise<void> {
  const answer = await fetch(from);
  const headers = Object.fromEntries(
    [...answer.headers].filter(([name]) => !NOT_STORED.includes(name)),
  );
  const stored = await fetch(to, {
    method: 'PUT',
    headers: { 'X-Answer-Headers': JSON.stringify(headers) },
    body: await answer.arrayBuffer(),
  });
  if (!stored.ok) throw new Error(`The answer was not stored: ${stored.status}`);
}

/** Issues a certificate and returns its CertID. */
export async function makeCertId(signet: Workbench): Promise<Uint8Array> {
  const headers = { Authorization: `Basic ${basicCredentials(signet)}` };
  const body = readCsrPem('p-256-sha256');
  const issued = await fetch(`${signet.server.url}/api/v1/certificates`, {
    method: 'POST',
    headers,
    body,
  });
  const serialHex = new X509Certificate(await issued.text()).serialNumber.toLowerCase();
  const ca = await fetch(`${signet.server.url}/ca/default.crt`);
  return encodeCertId(new Uint8Array(await ca.arrayBuffer()), serialHex);
}

/** @param caDer the certificate of the CA that issued the serial number */
export function encodeCertId(caDer: Uint8Array<ArrayBuffer>, serialHex: string): Uint8Array {
  const { subjectDer, spkiDer } = parseCertificate(caDer);
  const [certIdDer] = encodeCertIds(
    'SHA-1',
    sha1(subjectDer),
    sha1(parsePublicKey(spkiDer).subjectPublicKey),
    serialHex,
  );
  if (certIdDer === undefined) throw new Error('there is no CertID');
  return certIdDer;
}

function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}

/** Encodes an OCSP request that no cache can answer. */
export function encodeWithNonce(certIdDer: Uint8Array, nonce: Uint8Array): Uint8Array {
  const nonceDer = encodeElement(TAG.octetString, nonce);
  return encodeOcspRequest(certIdDer, [encodeExtension(OCSP_OID.nonce, false, nonceDer)]);
}

export function encodeOcspRequest(
  certIdDer: Uint8Array,
  extensions: readonly Uint8Array[],
): Uint8Array {
  const extensionsDer =
    extensions.length === 0
      ? new Uint8Array()
      : encodeElement(REQUEST_EXTENSIONS_TAG, encodeSequence(...extensions));
  return encodeSequence(encodeSequence(encodeSequence(encodeSequence(certIdDer)), extensionsDer));
}

export function encodeOcspPost(path: string, body: Uint8Array): RawRequest {
  return encodeRequest({
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/ocsp-request' },
    body,
  });
}
