import { encodePem } from '../../asn1/pem.ts';
import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { decodeCsr } from '../../x509/certificate/csr.ts';
import { type AuthorizedContext, note } from '../context.ts';
import { decodeEnvelope } from './envelope.ts';
import { openWithSecret, readField, readRequest } from './read-request.ts';

const MAX_ENVELOPE_BYTES = 16 * 1024;

/** POST /api/ca/sign */
export async function signCertificate(c: AuthorizedContext): Promise<Response> {
  const body = readField(await readRequest(c), 'csr_body');
  if (body === null) throw new SignetError('missing-parameter', "'csr_body' is missing.");
  const csrDer = await openCsr(c, body);
  const services = c.get('services');
  const issued = await services.issueCertificate({
    authorityId: DEFAULT_AUTHORITY_ID,
    csrDer,
    profile: 'tls-server-client',
    // Its requests name no profile, so they cannot choose one that the authority has.
    allowConfiguredProfile: true,
    principal: c.get('principal'),
    origin: 'openssl-ca',
    uniqueSubject: true,
    request: c.get('requestContext'),
  });
  const msg = 'Sign Certificate success!';
  note(c, `${msg} (${issued.serialHex})`);
  return Response.json({ status: 0, msg, cert: encodePem('CERTIFICATE', issued.certificateDer) });
}

async function openCsr(c: AuthorizedContext, body: string): Promise<Uint8Array> {
  const envelope = decodeEnvelope(body);
  if (envelope === null) {
    throw new SignetError('invalid-parameter', "'csr_body' is not base64.", { field: 'csr_body' });
  }
  if (envelope.length > MAX_ENVELOPE_BYTES) {
    throw malformed(`'csr_body' holds more than ${MAX_ENVELOPE_BYTES} bytes.`);
  }
  let refusal = malformed("'csr_body' does not decrypt to text: wrong secret, mode or contents.");
  for (const { text } of await openWithSecret(c, envelope)) {
    try {
      return decodeCsr(text);
    } catch (error) {
      if (!(error instanceof SignetError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-csr', message, { field: 'csr_body' });
}
