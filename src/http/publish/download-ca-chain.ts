import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { caCertificatePublication } from '../publications.ts';
import { readAuthorityId } from './read-authority-id.ts';

/** GET /ca/{authority}.pem: the CA certificate and its chain up to the root (RFC 8555 section 9.1). */
export async function downloadCaChain(call: Call): Promise<Response> {
  return servePublished(
    call,
    caCertificatePublication(call, readAuthorityId(call), {
      encoding: 'pem',
      contentType: 'application/pem-certificate-chain',
      fileName: null,
    }),
  );
}
