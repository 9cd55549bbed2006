import { problemErrors } from '../problem.ts';
import type { Dialect } from '../route.ts';
import { DOWNLOAD_ENDPOINTS } from './downloads.ts';
import { getOcsp, postOcsp } from './ocsp.ts';
import { ocspErrors } from './ocsp-errors.ts';

export const PUBLISH: Dialect = {
  errorForm: problemErrors,
  ownsAddress: () => false,
  authenticate: null,
  routes: DOWNLOAD_ENDPOINTS,
};

/** Room for 20 CertIDs, or for a signature with its certificates. */
const MAX_REQUEST_BYTES = 8 * 1024;

export const OCSP: Dialect = {
  errorForm: ocspErrors,
  ownsAddress: () => false,
  authenticate: null,
  routes: [
    {
      method: 'POST',
      path: '/ocsp/:authority{[A-Za-z0-9_-]+}',
      caller: 'anyone',
      handle: postOcsp,
      maxBodyBytes: MAX_REQUEST_BYTES,
    },
    {
      method: 'GET',
      path: '/ocsp/:authority{[A-Za-z0-9_-]+}/*',
      caller: 'anyone',
      handle: getOcsp,
    },
  ],
};
