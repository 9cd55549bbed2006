/** Decodes the first block of a PEM text to DER. */
export function decodePem(pem: string): Buffer {
  const body = /-----BEGIN [^-]+-----([^-]+)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(body, 'base64');
}
