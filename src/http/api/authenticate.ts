import { authenticateSecret } from '../../access/authenticate.ts';
import type { Authenticate } from '../route.ts';

/** Reads an access key with its secret, by HTTP Basic or as a Bearer token. */
export const authenticateAccessKey: Authenticate = (c) =>
  authenticateSecret(c.req.raw.headers.get('Authorization'), c.get('services').accessKeySecrets);
