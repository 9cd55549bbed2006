import { JSON_OR_NO_PAYLOAD } from '../../acme/payload.ts';
import { note } from '../context.ts';
import type { Route } from '../route.ts';
import { answerAuthorization, answerChallenge } from './describe-order.ts';
import { BY_ACCOUNT, signedRoute } from './signed-route.ts';
import { readParam } from './urls.ts';

/** Reads or deactivates an authorization (RFC 8555 sections 7.5 and 7.5.2). */
const authorization = signedRoute({
  path: 'authz/:authorization',
  signing: BY_ACCOUNT,
  readPayload: JSON_OR_NO_PAYLOAD,
  handle: async (c, call, payload) => {
    const id = readParam(c, 'authorization');
    const { acmeAuthorizations } = c.get('services');
    const isEnd = payload?.status === 'deactivated';
    const found = isEnd
      ? await acmeAuthorizations.deactivate(call, id)
      : await acmeAuthorizations.find(call, id);
    note(c, `${isEnd ? 'deactivated' : 'read'} the authorization ${id}`);
    return answerAuthorization(c, found, call.nowSeconds);
  },
});

/** Reads a challenge, or has it validated: then the payload is an object (RFC 8555 section 7.5.1). */
const challenge = signedRoute({
  path: 'chall/:authorization/:type',
  signing: BY_ACCOUNT,
  readPayload: JSON_OR_NO_PAYLOAD,
  handle: async (c, call, payload) => {
    const id = readParam(c, 'authorization');
    const asked = readParam(c, 'type');
    const { acmeAuthorizations } = c.get('services');
    const answered =
      payload === null
        ? await acmeAuthorizations.findChallenge(call, id, asked)
        : await acmeAuthorizations.answer(call, id, asked);
    const { recorded } = answered.authorization;
    note(c, `${payload === null ? 'read' : 'answered'} ${asked} of ${id}: ${recorded}`);
    return answerChallenge(c, answered.authorization, answered.type);
  },
});

export const AUTHORIZATION_ROUTES: readonly Route[] = [authorization, challenge];
