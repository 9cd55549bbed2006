/**
 * Says that a server on this machine answers at another port than the one that it writes into
 * certificates, as a bare `wrangler dev --port 9000` does; null if it does not.
 * @param origin the address of a request
 */
export function describeWrongPort(publicationUrl: string, origin: string): string | null {
  const current = new URL(origin);
  const configured = new URL(publicationUrl);
  if (!isLocal(current) || !isLocal(configured)) return null;
  // A server may answer at a port for each of HTTP and HTTPS.
  if (current.protocol !== configured.protocol || current.port === configured.port) return null;
  return `This server answers at ${current.origin}, but new certificates name ${publicationUrl} for their CRL and OCSP. Set PUBLICATION_URL, as in \`npx wrangler dev --var PUBLICATION_URL:${current.origin}\`.`;
}

function isLocal({ hostname }: URL): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
