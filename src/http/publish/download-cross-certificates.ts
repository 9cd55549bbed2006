import type { Call } from '../call.ts';
import { servePublished } from '../edge-cache.ts';
import { crossCertificatesPublication } from '../publications.ts';

/**
 * GET /ca/{authority}-cross.pem: what a root's other keys say of this key, so that a client that
 * trusts only one of them finds the way (RFC 4210 section 4.4.1).
 */
export async function downloadCrossCertificates(call: Call): Promise<Response> {
  return servePublished(
    call,
    crossCertificatesPublication(call, (call.params.file ?? '').replace(/-cross\.pem$/, ''), {
      encoding: 'pem',
      contentType: 'application/pem-certificate-chain',
      fileName: null,
    }),
  );
}
