import { DEFAULT_AUTHORITY_ID } from '../../authorities/default-authority.ts';
import { SignetError } from '../../errors.ts';
import { type HttpContext, reportTrouble } from '../context.ts';
import { currentCaCertificatePublication } from '../edge/ca-certificates.ts';
import { serveDownload } from '../edge/from-context.ts';
import { allCrlsPublication } from '../edge/lists.ts';

const CONTENT_TYPE = 'application/x-pem-file';

/** GET /api/ca/cacert: clients load this one file as their only trust anchors. */
export async function downloadCaCertificate(c: HttpContext): Promise<Response> {
  const form = { encoding: 'pem', contentType: CONTENT_TYPE, fileName: 'cacert.pem' } as const;
  try {
    return await serveDownload(
      c,
      currentCaCertificatePublication(c.get('services'), DEFAULT_AUTHORITY_ID, form),
    );
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
    // There is no authority and none can be made. The dialect answers 404; the operator needs the cause.
    reportTrouble(c, error.cause ?? error);
    throw new SignetError('authority-not-found', 'There is no root certificate here yet.');
  }
}

/** GET /api/ca/crl: the complete list, then those of earlier keys that are still needed. */
export async function downloadCrl(c: HttpContext): Promise<Response> {
  const form = { contentType: CONTENT_TYPE, fileName: 'ca_crl.pem' };
  return serveDownload(c, allCrlsPublication(c.get('services'), DEFAULT_AUTHORITY_ID, form));
}
