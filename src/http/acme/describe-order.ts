import type { ChallengeProblem, ChallengeType } from '../../acme/challenges/challenge.ts';
import { RETRY_SECONDS } from '../../acme/limits.ts';
import {
  type Authorization,
  deriveAuthorizationStatus,
  deriveChallengeStatus,
  deriveOrderStatus,
  listChallenges,
  type OrderState,
} from '../../acme/orders/order.ts';
import type { HttpContext } from '../context.ts';
import { nameProblemType } from './errors.ts';
import { formatTime } from './format-time.ts';
import { authorizationUrl, certificateUrl, challengeUrl, orderUrl } from './urls.ts';

/** Answers with an order (RFC 8555 section 7.1.3). */
export function answerOrder(
  c: HttpContext,
  state: OrderState,
  status: 200 | 201,
  nowSeconds: number,
): Response {
  const { order, authorizations } = state;
  const url = orderUrl(c, order.id);
  const derived = deriveOrderStatus(state, nowSeconds);
  const body = {
    status: derived,
    expires: formatTime(order.expiresAtSeconds),
    identifiers: order.identifiers,
    ...(order.notBeforeSeconds === null ? {} : { notBefore: formatTime(order.notBeforeSeconds) }),
    ...(order.notAfterSeconds === null ? {} : { notAfter: formatTime(order.notAfterSeconds) }),
    ...(order.namesProfile ? { profile: order.profile } : {}),
    ...(order.replaces === null ? {} : { replaces: order.replaces }),
    ...(order.error === null
      ? {}
      : {
          error: { type: nameProblemType(order.error.code), detail: order.error.message },
        }),
    authorizations: authorizations.map(({ id }) => authorizationUrl(c, id)),
    finalize: `${url}/finalize`,
    ...(derived === 'valid' ? { certificate: certificateUrl(c, order.id) } : {}),
  };
  const headers = { Location: url, ...retryHeaders(derived === 'processing') };
  return c.json(body, status, headers);
}

/** Answers with an authorization (RFC 8555 section 7.1.4). */
export function answerAuthorization(
  c: HttpContext,
  authorization: Authorization,
  nowSeconds: number,
): Response {
  const { identifier, wildcard, expiresAtSeconds } = authorization;
  const types = listChallenges(authorization);
  const body = {
    status: deriveAuthorizationStatus(authorization, nowSeconds),
    expires: formatTime(expiresAtSeconds),
    identifier,
    challenges: types.map((type) => describeChallenge(c, authorization, type)),
    ...(wildcard ? { wildcard } : {}),
  };
  return c.json(body, 200, retryHeaders(isValidating(authorization)));
}

/** Answers with a challenge (RFC 8555 section 7.1.5). */
export function answerChallenge(
  c: HttpContext,
  authorization: Authorization,
  type: ChallengeType,
): Response {
  const response = c.json(
    describeChallenge(c, authorization, type),
    200,
    retryHeaders(isValidating(authorization)),
  );
  response.headers.append('Link', `<${authorizationUrl(c, authorization.id)}>;rel="up"`);
  return response;
}

function describeChallenge(c: HttpContext, authorization: Authorization, type: ChallengeType) {
  const { id, token, validatedAtSeconds, problem, challengeType } = authorization;
  const status = deriveChallengeStatus(authorization, type);
  return {
    type,
    url: challengeUrl(c, id, type),
    status,
    token,
    ...(validatedAtSeconds === null || challengeType !== type
      ? {}
      : { validated: formatTime(validatedAtSeconds) }),
    ...(status === 'invalid' && problem !== null ? { error: describeProblem(problem) } : {}),
  };
}

function describeProblem({ code, detail }: Omit<ChallengeProblem, 'cause'>) {
  return { type: nameProblemType(code), detail, status: 403 };
}

function isValidating({ recorded, challengeType }: Authorization): boolean {
  return recorded === 'pending' && challengeType !== null;
}

/** Always in seconds: some clients cannot read a date. */
function retryHeaders(isProcessing: boolean): Record<string, string> {
  return isProcessing ? { 'Retry-After': String(RETRY_SECONDS) } : {};
}
