import type { Call } from '../call.ts';
import { caCertificatePublication } from '../edge/ca-certificates.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { servePublication } from '../edge/publication.ts';
import { readAuthorityId } from './read-authority-id.ts';

/** GET /ca/{authority}.pem: the CA certificate and its chain up to the root (RFC 8555 section 9.1). */
export async function downloadCaChain(call: Call): Promise<Response> {
  return servePublication(
    call.services,
    edgeRequestOf(call),
    caCertificatePublication(call.services, readAuthorityId(call), {
      encoding: 'pem',
      contentType: 'application/pem-certificate-chain',
      fileName: null,
    }),
  );
}
