/** The first block of a PEM text, as DER. */
export function decodePem(pem: string): Buffer {
  const body = /-----BEGIN [^-]+-----([^-]+)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(body, 'base64');
}
