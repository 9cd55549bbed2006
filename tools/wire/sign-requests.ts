import { createCipheriv, createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** Strict percent-encoding: RFC 3986 section 2.3. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function encodePairs(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
}

export function formatSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex');

export interface BceParts {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly host: string;
  readonly signedAtMs?: number;
  readonly validForSeconds?: number;
}

/** An Authorization header of bce-auth-v1 that signs Host alone. */
export function signBce({ id, secret }: Credentials, parts: BceParts): string {
  const { method, path, query = {}, host, signedAtMs = Date.now(), validForSeconds = 1800 } = parts;
  const prefix = `bce-auth-v1/${id}/${formatSeconds(signedAtMs)}/${validForSeconds}`;
  const key = createHmac('sha256', secret).update(prefix).digest('hex');
  const canonical = [method, path, encodePairs(query), `host:${encode(host)}`].join('\n');
  return `${prefix}/host/${createHmac('sha256', key).update(canonical).digest('hex')}`;
}

/** The parameters of a call in the first version of the RPC signature. */
export function signV1(
  method: string,
  { id, secret }: Credentials,
  parameters: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = {
    AccessKeyId: id,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    Timestamp: formatSeconds(Date.now()),
    ...parameters,
  };
  const text = `${method}&%2F&${encode(encodePairs(all))}`;
  return { ...all, Signature: createHmac('sha1', `${secret}&`).update(text).digest('base64') };
}

export interface V3Parts {
  readonly method: string;
  readonly host: string;
  readonly action: string;
  readonly nonce: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  /** Over and beside the usual headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers of a call in the third version of the RPC signature. */
export function signV3({ id, secret }: Credentials, parts: V3Parts): Record<string, string> {
  const headers: Record<string, string> = {
    host: parts.host,
    'x-acs-action': parts.action,
    'x-acs-version': '2020-06-30',
    'x-acs-date': formatSeconds(Date.now()),
    'x-acs-signature-nonce': parts.nonce,
    'x-acs-content-sha256': sha256Hex(parts.body),
    ...parts.headers,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    parts.method,
    '/',
    encodePairs(parts.query),
    names.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join(''),
    names.join(';'),
    sha256Hex(parts.body),
  ].join('\n');
  const signature = createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256Hex(canonical)}`)
    .digest('hex');
  return {
    ...headers,
    Authorization: `ACS3-HMAC-SHA256 Credential=${id},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}

/** The envelope of the openssl-ca dialect: base64( IV || AES-256-CFB( text ) ). */
export function sealEnvelope(
  secret: string,
  text: string,
  cipher: 'aes-256-cfb' | 'aes-256-cfb8' = 'aes-256-cfb8',
  padded = true,
): string {
  const bytes = Buffer.from(text);
  const count = padded ? 16 - (bytes.length % 16) : 0;
  const iv = createHash('md5').update(text).digest();
  const encryption = createCipheriv(cipher, Buffer.from(secret, 'ascii'), iv);
  const sealed = [encryption.update(bytes), encryption.update(Buffer.alloc(count, count))];
  return Buffer.concat([iv, ...sealed, encryption.final()]).toString('base64');
}
