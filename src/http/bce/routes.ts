import { takeAuthorizedCall } from '../call.ts';
import type { Dialect } from '../route.ts';
import { authenticateBce } from './authenticate.ts';
import { createCertificate } from './create-certificate.ts';
import { deleteCertificate } from './delete-certificate.ts';
import { bceErrors } from './errors.ts';
import { getCertificate } from './get-certificate.ts';
import { getDetail } from './get-detail.ts';
import { getRawData } from './get-raw-data.ts';
import { listCertificates } from './list-certificates.ts';
import { listDetails } from './list-details.ts';
import { updateCertificate } from './update-certificate.ts';

// biome-ignore format: one line for each route, to be read as a table
export const BCE: Dialect = {
  errorForm: bceErrors,
  ownsAddress: (path) => path.startsWith('/v1/'),
  authenticate: authenticateBce,
  routes: [
    { method: 'POST', path: '/v1/certificate', caller: 'inventory:Write', handle: takeAuthorizedCall(createCertificate) },
    { method: 'GET', path: '/v1/certificate', caller: 'inventory:Read', handle: takeAuthorizedCall(listCertificates) },
    { method: 'GET', path: '/v1/certificate/detail', caller: 'inventory:Read', handle: takeAuthorizedCall(listDetails) },
    { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Read', handle: takeAuthorizedCall(getCertificate) },
    { method: 'PUT', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Write', handle: takeAuthorizedCall(updateCertificate) },
    { method: 'DELETE', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Delete', handle: takeAuthorizedCall(deleteCertificate) },
    { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}/detail', caller: 'inventory:Read', handle: takeAuthorizedCall(getDetail) },
    { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}/rawdata', caller: 'inventory:ReadPrivateKey', handle: takeAuthorizedCall(getRawData) },
  ],
};
