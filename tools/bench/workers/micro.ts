import { createSelfSignedRoot } from '../../../src/authorities/self-signed-root.ts';
import { importEnvelopeKey, openEnvelope } from '../../../src/http/openssl-ca/envelope.ts';
import { encodeTemplate } from '../../../src/issuance/certificate-template.ts';
import { checkCertificateRequest } from '../../../src/issuance/check-request.ts';
import { encodeLeafTbs } from '../../../src/issuance/encode-leaf.ts';
import { parseProfile } from '../../../src/issuance/profiles.ts';
import { checkPublicKey } from '../../../src/keys/check-public-key.ts';
import { importSigner } from '../../../src/keys/signer.ts';
import { decodeCsr, parseCsr, verifyCsrSignature } from '../../../src/x509/certificate/csr.ts';
import { generateSerial } from '../../../src/x509/certificate/serial-number.ts';
import { encodeSigned } from '../../../src/x509/certificate/signed.ts';
import { encodeNameFromText, formatName } from '../../../src/x509/names/names.ts';
import { makeAuthority } from '../../../test/make-authority.ts';
import { encodeWholeCertificate } from './schema-certificate.ts';

/**
 * Repeats one operation as often as the request says. The platform's clock stops while a Worker
 * computes, so the client measures the time.
 */

interface Env {
  readonly CA_KEY: string;
  readonly OPENSSL_CA_SECRET: string;
}

type Run = () => unknown;
/** Prepares an operation with its input and returns the function to repeat. */
type Prepare = (input: Uint8Array, env: Env) => Promise<Run>;

const PUBLICATION_URL = 'http://ca.example.com';
const NOW_SECONDS = 1_790_000_000;
const VALIDITY = { notBeforeSeconds: NOW_SECONDS, notAfterSeconds: NOW_SECONDS + 365 * 86400 };
const PROFILE = parseProfile('bench', {
  validityDays: 365,
  extendedKeyUsages: ['serverAuth', 'clientAuth'],
});
/** Length of an ECDSA P-256 signature in DER. */
const NO_SIGNATURE = new Uint8Array(71);

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

async function prepareIssuance(env: Env) {
  const signer = await importSigner(env.CA_KEY);
  const certificateDer = await createSelfSignedRoot(signer, encodeNameFromText('CN=Bench CA'), {
    nowSeconds: NOW_SECONDS,
    validityDays: 3650,
    randomBytes,
  });
  const authority = await makeAuthority(certificateDer, signer);
  return { signer, authority, template: encodeTemplate(authority, PROFILE, PUBLICATION_URL, 0) };
}

const PARTS: Readonly<Record<string, Prepare>> = {
  empty: async () => async () => undefined,

  'parse-csr': async (input) => {
    const csrDer = decodeCsr(input);
    return () => parseCsr(csrDer);
  },

  'parse-and-verify-csr': async (input) => {
    const csrDer = decodeCsr(input);
    return () => verifyCsrSignature(parseCsr(csrDer));
  },

  'check-public-key': async (input) => {
    const { publicKey } = parseCsr(decodeCsr(input));
    // Copies the object: one that has passed is not checked again.
    return async () => checkPublicKey({ ...publicKey });
  },

  'check-csr': async (input) => {
    const csrDer = decodeCsr(input);
    return () => checkCertificateRequest(parseCsr(csrDer));
  },

  'encode-certificate': async (input, env) => {
    const { signer, authority, template } = await prepareIssuance(env);
    const { csr, subjectAltNames } = await checkCertificateRequest(parseCsr(decodeCsr(input)));
    const { subjectDer, publicKey } = csr;
    const leaf = { subjectDer, publicKey, subjectAltNames };
    return async () => {
      const serial = generateSerial(randomBytes);
      const tbsDer = await encodeLeafTbs(authority, signer, template, leaf, serial, VALIDITY);
      return encodeSigned(tbsDer, signer.signatureAlgorithmDer, NO_SIGNATURE);
    };
  },

  'encode-certificate-by-schema': async (input, env) => {
    const { authority } = await prepareIssuance(env);
    const checked = await checkCertificateRequest(parseCsr(decodeCsr(input)));
    const { csr, subjectAltNames } = checked;
    return () =>
      encodeWholeCertificate({
        serial: generateSerial(randomBytes),
        ...VALIDITY,
        issuerDer: authority.subjectDer,
        authorityKeyIdentifier: authority.subjectKeyIdentifier,
        subjectDer: csr.subjectDer,
        publicKey: csr.publicKey,
        subjectAltNames,
        publicationUrl: PUBLICATION_URL,
        signature: NO_SIGNATURE,
      });
  },

  'format-subject': async (input) => {
    const { subjectDer } = parseCsr(decodeCsr(input));
    return () => formatName(subjectDer);
  },

  sign: async (_input, env) => {
    const { signer } = await prepareIssuance(env);
    const tbsDer = randomBytes(600);
    return () => signer.sign(tbsDer);
  },

  'open-envelope': async (input, env) => {
    const key = await importEnvelopeKey(env.OPENSSL_CA_SECRET);
    const readings = await openEnvelope(key, input);
    if (readings.length !== 1) throw new Error(`The envelope has ${readings.length} readings`);
    return () => openEnvelope(key, input);
  },
};

export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const prepare = PARTS[searchParams.get('part') ?? ''];
    if (prepare === undefined) return new Response('Unknown part.', { status: 404 });
    const run = await prepare(new Uint8Array(await request.arrayBuffer()), env);
    const times = Number(searchParams.get('times'));
    for (let time = 0; time < times; time++) await run();
    return new Response('done');
  },
} satisfies ExportedHandler<Env>;
