import type { Dialect } from '../route.ts';
import type { HttpConfig } from '../services.ts';
import { downloadCaCertificate, downloadCrl } from './downloads.ts';
import { downloadErrors, revokeErrors, signErrors } from './errors.ts';
import { revokeCertificate } from './revoke.ts';
import { signCertificate } from './sign.ts';

const hasSharedSecret = (config: HttpConfig) => config.openSslCaSecret !== null;

// biome-ignore format: one line for each route, to be read as a table
export const OPENSSL_CA: Dialect = {
  errorForm: downloadErrors,
  ownsAddress: (path) => path.startsWith('/api/ca/'),
  authenticate: null,
  routes: [
    { method: 'GET', path: '/api/ca/cacert', caller: 'anyone', handle: downloadCaCertificate },
    { method: 'GET', path: '/api/ca/crl', caller: 'anyone', handle: downloadCrl },
    { method: 'POST', path: '/api/ca/sign', caller: 'shared secret', handle: signCertificate, errorForm: signErrors, exists: hasSharedSecret },
    { method: 'DELETE', path: '/api/ca/revoke', caller: 'shared secret', handle: revokeCertificate, errorForm: revokeErrors, exists: hasSharedSecret },
  ],
};
