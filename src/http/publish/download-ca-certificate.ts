import type { Call } from '../call.ts';
import { caCertificatePublication } from '../edge/ca-certificates.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { servePublication } from '../edge/publication.ts';
import { readAuthorityId } from './read-authority-id.ts';

/** GET /ca/{authority}.crt: what authority information access points to (RFC 5280 section 4.2.2.1). */
export async function downloadCaCertificate(call: Call): Promise<Response> {
  return servePublication(
    call.services,
    edgeRequestOf(call),
    caCertificatePublication(call.services, readAuthorityId(call), {
      encoding: 'der',
      contentType: 'application/pkix-cert',
      fileName: null,
    }),
  );
}
