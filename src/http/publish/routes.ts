import { takeCall } from '../call.ts';
import { problemErrors } from '../problem.ts';
import type { Dialect } from '../route.ts';
import { downloadCaCertificate } from './download-ca-certificate.ts';
import { downloadCaChain } from './download-ca-chain.ts';
import { downloadCrl, downloadPartitionCrl } from './download-crl.ts';
import { downloadCrossCertificates } from './download-cross-certificates.ts';
import { getOcsp, postOcsp } from './ocsp.ts';
import { ocspErrors } from './ocsp-errors.ts';

// biome-ignore format: one line for each route, to be read as a table
export const PUBLISH: Dialect = {
  errorForm: problemErrors,
  ownsAddress: () => false,
  authenticate: null,
  routes: [
    { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.crt}', caller: 'anyone', handle: takeCall(downloadCaCertificate) },
    { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+-cross\\.pem}', caller: 'anyone', handle: takeCall(downloadCrossCertificates) },
    { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.pem}', caller: 'anyone', handle: takeCall(downloadCaChain) },
    { method: 'GET', path: '/crl/:file{[A-Za-z0-9_-]+\\.crl}', caller: 'anyone', handle: takeCall(downloadCrl) },
    { method: 'GET', path: '/crl/:authority/:file{[a-z0-9-]+\\.crl}', caller: 'anyone', handle: takeCall(downloadPartitionCrl) },
  ],
};

// biome-ignore format: one line for each route, to be read as a table
export const OCSP: Dialect = {
  errorForm: ocspErrors,
  ownsAddress: () => false,
  authenticate: null,
  routes: [
    { method: 'POST', path: '/ocsp/:authority{[A-Za-z0-9_-]+}', caller: 'anyone', handle: takeCall(postOcsp) },
    { method: 'GET', path: '/ocsp/:authority{[A-Za-z0-9_-]+}/*', caller: 'anyone', handle: takeCall(getOcsp) },
  ],
};
