import { env } from 'cloudflare:workers';
import type { Principal } from '../../src/access/principal.ts';
import type { Services } from '../../src/http/services.ts';
import { createParts } from '../../src/wiring/parts.ts';

export const REQUEST = { requestId: 'a-request', remoteAddress: null, country: null };
export const ROOT: Principal = {
  accountId: 'root',
  actor: 'root-key',
  grant: null,
  policyId: null,
};
export const CALLER = { principal: ROOT, request: REQUEST };

/** The services of another isolate over the same database. */
export function openServices(db: D1Database): Services {
  return createParts({ ...env, DB: db }).services;
}

/** Creates a policy of an account and returns its id. */
export async function createPolicy(
  { policies }: Services,
  rules: object,
  accountId = 'root',
  name = 'web',
): Promise<string> {
  return (await policies.create(ROOT, { accountId, name, rules }, REQUEST)).id;
}
