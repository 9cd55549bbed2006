import type { Call } from '../call.ts';
import { crossCertificatesPublication } from '../edge/ca-certificates.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { servePublication } from '../edge/publication.ts';

/**
 * GET /ca/{authority}-cross.pem: what a root's other keys say of this key, so that a client that
 * trusts only one of them finds the way (RFC 4210 section 4.4.1).
 */
export async function downloadCrossCertificates(call: Call): Promise<Response> {
  return servePublication(
    call.services,
    edgeRequestOf(call),
    crossCertificatesPublication(
      call.services,
      (call.params.file ?? '').replace(/-cross\.pem$/, ''),
      {
        encoding: 'pem',
        contentType: 'application/pem-certificate-chain',
        fileName: null,
      },
    ),
  );
}
