import type { Dialect, Route } from '../route.ts';
import { ACCOUNT_ROUTES } from './accounts.ts';
import { AUTHORIZATION_ROUTES } from './authorizations.ts';
import { CERTIFICATE_ROUTES } from './certificates.ts';
import { getDirectory, getNonce } from './directory.ts';
import { acmeErrors } from './errors.ts';
import { finishAcmeAnswer } from './finish-answer.ts';
import { ORDER_ROUTES } from './orders.ts';
import { RENEWAL_INFO } from './renewal-info.ts';
import { AUTHORITY, DEFAULT_DIRECTORY } from './urls.ts';

const ROUTES: readonly Route[] = [
  { method: 'GET', path: DEFAULT_DIRECTORY, caller: 'anyone', handle: getDirectory },
  { method: 'GET', path: `${AUTHORITY}/directory`, caller: 'anyone', handle: getDirectory },
  { method: 'GET', path: `${AUTHORITY}/new-nonce`, caller: 'anyone', handle: getNonce },
  ...ACCOUNT_ROUTES,
  ...ORDER_ROUTES,
  ...AUTHORIZATION_ROUTES,
  ...CERTIFICATE_ROUTES,
  RENEWAL_INFO,
];

/** ACME (RFC 8555). Accounts sign their requests; no access key is taken. */
export const ACME: Dialect = {
  errorForm: acmeErrors,
  ownsAddress: (path) => path.startsWith('/acme/'),
  authenticate: null,
  finishAnswer: { path: '/acme/*', finish: finishAcmeAnswer },
  routes: ROUTES,
};
