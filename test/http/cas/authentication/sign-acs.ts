/** Signs as clients do: written from the published rules, independent of the code under test. */

const encoder = new TextEncoder();

export function encode(text: string): string {
  let encoded = '';
  for (const byte of encoder.encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-_.~]/.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

export function encodePairs(parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&');
}

async function mac(hash: string, key: string, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash };
  const imported = await crypto.subtle.importKey('raw', encoder.encode(key), algorithm, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, encoder.encode(text)));
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))).toHex();
}

export interface AcsKey {
  readonly id: string;
  readonly secret: string;
}

export interface V3Request {
  readonly key: AcsKey;
  readonly method?: string;
  readonly host?: string;
  readonly action?: string;
  readonly version?: string;
  readonly date: string;
  readonly nonce: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Replace or add to the usual headers; null removes one. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Instead of all headers. */
  readonly signedHeaders?: readonly string[];
}

/** The headers of a V3 request, with Authorization. */
export async function signV3(request: V3Request): Promise<Record<string, string>> {
  const body = request.body ?? '';
  const given: Record<string, string | null> = {
    host: request.host ?? 'ca.test',
    'x-acs-action': request.action ?? 'CreateExternalCACertificate',
    'x-acs-version': request.version ?? '2020-06-30',
    'x-acs-date': request.date,
    'x-acs-signature-nonce': request.nonce,
    'x-acs-content-sha256': await sha256(body),
    ...request.headers,
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) if (value !== null) headers[name] = value;
  const signed = [...(request.signedHeaders ?? Object.keys(headers))].sort();
  const canonical = [
    request.method ?? 'POST',
    '/',
    encodePairs(request.query ?? {}),
    signed.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join(''),
    signed.join(';'),
    await sha256(body),
  ].join('\n');
  const text = `ACS3-HMAC-SHA256\n${await sha256(canonical)}`;
  const signature = (await mac('SHA-256', request.key.secret, text)).toHex();
  const list = signed.join(';');
  return {
    ...headers,
    Authorization: `ACS3-HMAC-SHA256 Credential=${request.key.id},SignedHeaders=${list},Signature=${signature}`,
  };
}

/** The parameters of a V1 request, with Signature. */
export async function signV1(
  method: string,
  secret: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const text = `${method}&%2F&${encode(encodePairs(parameters))}`;
  return { ...parameters, Signature: (await mac('SHA-1', `${secret}&`, text)).toBase64() };
}
