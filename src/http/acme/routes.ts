import type { Dialect, Route } from '../route.ts';
import { acmeErrors } from './errors.ts';

const ROUTES: readonly Route[] = [];

/** ACME (RFC 8555). Accounts sign their requests; no access key is taken. */
export const ACME: Dialect = {
  errorForm: acmeErrors,
  ownsAddress: (path) => path.startsWith('/acme/'),
  authenticate: null,
  routes: ROUTES,
};
