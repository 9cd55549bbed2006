import { describeAct } from '../../audit/describe-act.ts';
import type { AuditAction, AuditEvent, RequestContext } from '../../audit/event.ts';
import { SignetError } from '../../errors.ts';
import type { Network } from '../../net/network.ts';
import { settleWithin } from '../../wait.ts';
import { type AccountTerms, principalOf } from '../account.ts';
import { AcmeError } from '../acme-error.ts';
import type { AccountCall } from '../call.ts';
import {
  CHALLENGE_TYPES,
  type ChallengeOutcome,
  type ChallengeProblem,
  type ChallengeType,
} from '../challenges/challenge.ts';
import { type CaaSettings, checkCaa } from '../challenges/check-caa.ts';
import { validateChallenge } from '../challenges/validate-challenge.ts';
import { HOUR_SECONDS, PATIENCE_MS, TAKE_OVER_SECONDS } from '../limits.ts';
import type { AuthorizationProofs } from './authorization-proofs.ts';
import { joinWildcard } from './identifiers.ts';
import { type Authorization, deriveAuthorizationStatus, listChallenges } from './order.ts';
import type { AcmeAuthorizationStore } from './order-store.ts';

export interface AuthorizationDependencies {
  readonly store: AcmeAuthorizationStore;
  readonly proofs: AuthorizationProofs;
  readonly network: Network;
  readonly caa: CaaSettings;
  /** The URL of an account, which CAA records can name. */
  readonly makeAccountUrl: (terms: AccountTerms) => string;
  /** Keeps a promise running after the request that started it has ended. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
  /** Unix ms. */
  readonly clock: () => number;
}

/** An authorization of another account is as absent as one that does not exist. */
export interface AcmeAuthorizations {
  /** @throws SignetError not-found */
  find(call: AccountCall, id: string): Promise<Authorization>;
  /** Ends an authorization (RFC 8555 section 7.5.2). @throws SignetError not-found, malformed-request */
  deactivate(call: AccountCall, id: string): Promise<Authorization>;
  /** Reads an authorization for one of its challenges. @throws SignetError not-found */
  findChallenge(call: AccountCall, id: string, type: string): Promise<AnsweredChallenge>;
  /**
   * Validates a challenge (RFC 8555 section 7.5.1). It is processing afterwards if that takes long.
   * @throws AcmeError rate-limited; SignetError not-found, malformed-request
   */
  answer(call: AccountCall, id: string, type: string): Promise<AnsweredChallenge>;
  /** Validates what a request has begun and not finished, for the job. */
  resume(terms: AccountTerms, authorization: Authorization, request: RequestContext): Promise<void>;
}

export interface AnsweredChallenge {
  readonly authorization: Authorization;
  readonly type: ChallengeType;
}

export function createAcmeAuthorizations(
  dependencies: AuthorizationDependencies,
): AcmeAuthorizations {
  const { store, proofs, network, caa, makeAccountUrl, keepAlive, clock } = dependencies;

  async function find(call: AccountCall, id: string): Promise<Authorization> {
    return requireFound(await store.find(call, id));
  }

  /** Proves control of the identifier, and then that CAA records let this CA issue. */
  async function validate(
    { identifier, wildcard, token }: Authorization,
    type: ChallengeType,
    terms: AccountTerms,
  ): Promise<ChallengeOutcome> {
    const keyAuthorization = `${token}.${terms.thumbprint}`;
    const outcome = await validateChallenge(network, { type, identifier, token, keyAuthorization });
    if (!outcome.valid) return outcome;
    const accountUrl = makeAccountUrl(terms);
    return checkCaa(network, caa, { identifier, wildcard, accountUrl, method: type });
  }

  /** Validates and records the outcome. Returns the authorization as it is then. */
  async function run(
    terms: AccountTerms,
    authorization: Authorization,
    type: ChallengeType,
    request: RequestContext,
  ): Promise<Authorization> {
    const outcome = await validate(authorization, type, terms);
    const problem = outcome.valid ? null : outcome.problem;
    const atMs = clock();
    const atSeconds = Math.floor(atMs / 1000);
    const proof = outcome.valid
      ? await proofs.make({ ...authorization, validatedAtSeconds: atSeconds })
      : null;
    const audit = describeAuthorizationAct(
      { terms, atMs, request },
      'acme-authorization.validate',
      authorization,
      describeOutcome(type, problem),
    );
    const event: AuditEvent = { ...audit, outcome: outcome.valid ? 'done' : 'refused' };
    return requireFound(await store.finish(authorization, { problem, proof }, atSeconds, event));
  }

  return {
    find,

    async deactivate(call, id) {
      const act = { terms: call.account, atMs: call.nowSeconds * 1000, request: call.request };
      const audit = describeAuthorizationAct(act, 'acme-authorization.deactivate', { id });
      const authorization = requireFound(await store.deactivate(call, id, audit));
      if (authorization.recorded === 'deactivated') return authorization;
      throw new SignetError(
        'malformed-request',
        `The authorization is ${authorization.recorded}. Only one that is pending or valid can be deactivated.`,
        { field: 'status' },
      );
    },

    async findChallenge(call, id, type) {
      const authorization = await find(call, id);
      return { authorization, type: requireType(authorization, type) };
    },

    async answer(call, id, name) {
      const asked = requireKnownType(name);
      const untilSeconds = call.nowSeconds + TAKE_OVER_SECONDS;
      const attempt = await store.begin(call, id, asked, untilSeconds);
      if (attempt === null) throw notFound();
      const { authorization, begun, limited } = attempt;
      const type = requireType(authorization, asked);
      if (!begun) {
        if (limited && authorization.challengeType === null) throw tooManyFailures(authorization);
        return { authorization: requireAnswerable(authorization, type, call.nowSeconds), type };
      }
      const running = run(call.account, authorization, type, call.request);
      keepAlive(running.catch(() => {}));
      const isDone = await settleWithin(running, PATIENCE_MS);
      return { authorization: isDone ? await running : authorization, type };
    },

    async resume(terms, authorization, request) {
      const { challengeType } = authorization;
      if (challengeType === null) throw new TypeError('a validation runs without a challenge');
      await run(terms, authorization, challengeType, request);
    },
  };
}

/** A challenge that was answered before is answered the same again. */
function requireAnswerable(
  authorization: Authorization,
  type: ChallengeType,
  nowSeconds: number,
): Authorization {
  const { challengeType, preAuthorized } = authorization;
  const status = deriveAuthorizationStatus(authorization, nowSeconds);
  if (challengeType === type || (preAuthorized && status === 'valid')) return authorization;
  throw new SignetError(
    'malformed-request',
    challengeType === null
      ? `The authorization is ${status}. Make a new order.`
      : `The challenge ${challengeType} was chosen already.`,
  );
}

function requireFound(authorization: Authorization | null): Authorization {
  if (authorization === null) throw notFound();
  return authorization;
}

function requireKnownType(name: string): ChallengeType {
  const type = CHALLENGE_TYPES.find((each) => each === name);
  if (type === undefined) throw notFound();
  return type;
}

/** The record keeps only the challenge that was answered, so the others are not found afterwards. */
function requireType(authorization: Authorization, name: string): ChallengeType {
  const type = listChallenges(authorization).find((each) => each === name);
  if (type === undefined) throw notFound();
  return type;
}

function notFound(): SignetError {
  return new SignetError(
    'not-found',
    'There is no such authorization or challenge, or it is not yours.',
  );
}

function tooManyFailures({ identifier }: Authorization): AcmeError {
  return new AcmeError(
    'rate-limited',
    `Too many validations of '${identifier.value}' have failed within an hour. Wait, and correct what the errors said.`,
    { retryAfterSeconds: HOUR_SECONDS },
  );
}

interface AuthorizationAct {
  readonly terms: AccountTerms;
  readonly atMs: number;
  readonly request: RequestContext;
}

function describeAuthorizationAct(
  { terms, atMs, request }: AuthorizationAct,
  action: AuditAction,
  authorization: Pick<Authorization, 'id'> & Partial<Authorization>,
  detail: AuditEvent['detail'] = {},
): AuditEvent {
  const { id, identifier, wildcard } = authorization;
  const named =
    identifier === undefined ? {} : { name: joinWildcard(identifier, wildcard === true).value };
  const act = { principal: principalOf(terms), atMs, request };
  const event = describeAct(act, action, id, { ...named, ...detail });
  return { ...event, authorityId: terms.lineageId };
}

function describeOutcome(
  type: ChallengeType,
  problem: ChallengeProblem | null,
): AuditEvent['detail'] {
  return { challenge: type, ...(problem === null ? {} : { reason: problem.code }) };
}
