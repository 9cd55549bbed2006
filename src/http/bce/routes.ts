import type { Dialect, Route } from '../route.ts';
import { authenticateBce } from './authenticate.ts';
import {
  createCertificate,
  deleteCertificate,
  getCertificate,
  getDetail,
  getRawData,
  listCertificates,
  listDetails,
  updateCertificate,
} from './certificates.ts';
import { bceErrors } from './errors.ts';

/** Ten times a leaf with a long chain and a large key in PEM. */
const maxBodyBytes = 1024 * 1024;

const CERTIFICATE = '/v1/certificate/:id{cert-[a-z0-9]+}';

// biome-ignore format: one line for each route, to be read as a table
const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/v1/certificate', caller: 'inventory:Write', handle: createCertificate, maxBodyBytes },
  { method: 'GET', path: '/v1/certificate', caller: 'inventory:Read', handle: listCertificates, maxBodyBytes },
  { method: 'GET', path: '/v1/certificate/detail', caller: 'inventory:Read', handle: listDetails, maxBodyBytes },
  { method: 'GET', path: CERTIFICATE, caller: 'inventory:Read', handle: getCertificate, maxBodyBytes },
  { method: 'PUT', path: CERTIFICATE, caller: 'inventory:Write', handle: updateCertificate, maxBodyBytes },
  { method: 'DELETE', path: CERTIFICATE, caller: 'inventory:Delete', handle: deleteCertificate, maxBodyBytes },
  { method: 'GET', path: `${CERTIFICATE}/detail`, caller: 'inventory:Read', handle: getDetail, maxBodyBytes },
  { method: 'GET', path: `${CERTIFICATE}/rawData`, caller: 'inventory:ReadPrivateKey', handle: getRawData, maxBodyBytes },
  // The spelling of a copy of the vendor's document that had lost its capitals.
  { method: 'GET', path: `${CERTIFICATE}/rawdata`, caller: 'inventory:ReadPrivateKey', handle: getRawData, maxBodyBytes },
];

export const BCE: Dialect = {
  errorForm: bceErrors,
  ownsAddress: (path) => path.startsWith('/v1/'),
  authenticate: authenticateBce,
  routes: ROUTES,
};
