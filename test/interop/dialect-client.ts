import { createCipheriv, randomBytes } from 'node:crypto';
import type { RunningServer } from './server.ts';

/**
 * A client of the openssl-ca-server API, written from its documentation: values are
 * base64( IV || AES-256-CFB( text ) ) with a shared secret of 32 characters.
 */

export interface EnvelopeForm {
  /** The documentation means OpenSSL's aes-256-cfb; the original's own clients use 8-bit CFB. */
  readonly cipher: 'aes-256-cfb' | 'aes-256-cfb8';
  /** Pads to a multiple of 16 bytes, as in PKCS #7. */
  readonly padded: boolean;
}

export const FORMS: readonly EnvelopeForm[] = [
  { cipher: 'aes-256-cfb', padded: false },
  { cipher: 'aes-256-cfb', padded: true },
  { cipher: 'aes-256-cfb8', padded: false },
  { cipher: 'aes-256-cfb8', padded: true },
];

export const ORIGINAL_FORM: EnvelopeForm = { cipher: 'aes-256-cfb8', padded: true };

const BLOCK_BYTES = 16;

export function seal(
  secret: string,
  plaintext: string | Uint8Array,
  { cipher, padded }: EnvelopeForm = ORIGINAL_FORM,
): string {
  const bytes = Buffer.from(plaintext);
  const count = padded ? BLOCK_BYTES - (bytes.length % BLOCK_BYTES) : 0;
  const iv = randomBytes(BLOCK_BYTES);
  const encryption = createCipheriv(cipher, Buffer.from(secret, 'ascii'), iv);
  const sealed = [encryption.update(bytes), encryption.update(Buffer.alloc(count, count))];
  return Buffer.concat([iv, ...sealed, encryption.final()]).toString('base64');
}

export interface DialectAnswer {
  readonly httpStatus: number;
  readonly contentType: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DialectClient {
  sign(csrPem: string, form?: EnvelopeForm): Promise<DialectAnswer>;
  revokeSerial(serial: string, form?: EnvelopeForm): Promise<DialectAnswer>;
  revokeCertificate(certificatePem: string, form?: EnvelopeForm): Promise<DialectAnswer>;
  /** Sends a body without an envelope: text, or a value as JSON. */
  send(operation: 'sign' | 'revoke', body: unknown): Promise<DialectAnswer>;
}

export function createDialectClient({ url, secrets }: RunningServer): DialectClient {
  const secret = secrets.OPENSSL_CA_SECRET ?? '';
  async function send(operation: 'sign' | 'revoke', body: unknown): Promise<DialectAnswer> {
    const response = await fetch(`${url}/api/ca/${operation}`, {
      method: operation === 'sign' ? 'POST' : 'DELETE',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {
      httpStatus: response.status,
      contentType: response.headers.get('Content-Type'),
      body: JSON.parse(await response.text()),
    };
  }
  return {
    send,
    sign: (csrPem, form) => send('sign', { csr_body: seal(secret, csrPem, form) }),
    revokeSerial: (serial, form) => send('revoke', { serial: seal(secret, serial, form) }),
    revokeCertificate: (pem, form) => send('revoke', { cert: seal(secret, pem, form) }),
  };
}

/** Returns the certificate of a successful response. Throws if it is an error. */
export function certificateOf({ body }: DialectAnswer): string {
  if (body.status !== 0 || typeof body.cert !== 'string') {
    throw new Error(`not signed: ${JSON.stringify(body)}`);
  }
  return body.cert;
}
