import type { Caller } from '../../access/caller.ts';
import type { Authority } from '../../authorities/authority.ts';
import { SignetError } from '../../errors.ts';
import type { CertificateDraft } from '../../issuance/certificate-draft.ts';
import { draftLeaf } from '../../issuance/draft-leaf.ts';
import type { Issue } from '../../issuance/issue-certificate.ts';
import type { Profile } from '../../issuance/profiles.ts';
import { decodeBase64url } from '../../keys/jws.ts';
import type { Network } from '../../net/network.ts';
import type { OpenBounds } from '../../policy/bounds.ts';
import { settleWithin } from '../../wait.ts';
import { parseCsr } from '../../x509/certificate/csr.ts';
import { computeThumbprint, encodeJwk } from '../../x509/keys/jwk.ts';
import { type AccountTerms, principalOf } from '../account.ts';
import { type AccountCall, markSpent, NONCE_OWNER } from '../call.ts';
import type { CaaSettings } from '../challenges/check-caa.ts';
import { ORDER_RETENTION_SECONDS, PATIENCE_MS, TAKE_OVER_SECONDS } from '../limits.ts';
import type { AuthorizationProofs } from './authorization-proofs.ts';
import { badCsr, checkDraft } from './check-draft.ts';
import { chooseSubject } from './choose-subject.ts';
import { joinWildcard } from './identifiers.ts';
import { judgeIdentifiers, withBounds } from './judge-identifiers.ts';
import { deriveOrderStatus, type OrderState } from './order.ts';
import { findMaxValidity } from './order-profile.ts';
import type { AcmeOrderStore } from './order-store.ts';
import { chooseValidity } from './order-validity.ts';
import { orderNotFound } from './orders.ts';
import { recheckCaa } from './recheck-caa.ts';

export interface FinalizeDependencies {
  readonly store: AcmeOrderStore;
  readonly issue: Issue;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly openBounds: OpenBounds;
  readonly proofs: AuthorizationProofs;
  readonly network: Network;
  readonly caa: CaaSettings;
  /** The URL of an account, which CAA records can name. */
  readonly makeAccountUrl: (terms: AccountTerms) => string;
  /** Unix ms. */
  readonly clock: () => number;
  /** Keeps a promise running after the request that started it has ended. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
}

export interface Finalize {
  /**
   * Issues the certificate of a ready order (RFC 8555 section 7.4). The order is valid afterwards, or
   * processing if signing takes long.
   * @param csr base64url of DER, if the client sends what it should
   * @throws SignetError not-found, order-not-ready, bad-csr, and what issuing throws; the order stays
   *   ready then
   */
  finalize(call: AccountCall, orderId: string, csr: unknown): Promise<OrderState>;
  /**
   * Issues the certificate of an order that is being processed, for the job. The order is invalid
   * afterwards if that is refused.
   * @param openAccount may throw, if the account has ended
   */
  resume(
    openAccount: () => Promise<AccountTerms>,
    state: OrderState,
    request: Caller['request'],
  ): Promise<void>;
}

export function createFinalize(dependencies: FinalizeDependencies): Finalize {
  const {
    store,
    issue,
    profiles,
    openBounds,
    proofs,
    network,
    caa,
    makeAccountUrl,
    keepAlive,
    clock,
  } = dependencies;

  /** @param call null for the job */
  async function issueFor(
    terms: AccountTerms,
    state: OrderState,
    csrDer: Uint8Array,
    request: Caller['request'],
    call: AccountCall | null,
  ): Promise<unknown> {
    const { order } = state;
    const nowSeconds = Math.floor(clock() / 1000);
    await proofs.require(state.authorizations);
    await recheckCaa(network, caa, state, makeAccountUrl(terms), nowSeconds);
    const caller = { principal: principalOf(terms), request };
    const asked = {
      ...caller,
      authorityId: terms.lineageId,
      csrDer,
      profile: order.profile,
      allowConfiguredProfile: false,
      origin: 'acme',
      uniqueSubject: false,
    } as const;

    async function draft(authority: Authority, nowSeconds: number): Promise<CertificateDraft> {
      const drafted = await draftLeaf(authority, asked, profiles, nowSeconds);
      const { maxValidity, subjectDer } = await withBounds(
        openBounds,
        caller.principal,
        authority,
        async (bounds) => {
          checkDraft(drafted, order.identifiers);
          requireStillAuthorized(state, judgeIdentifiers(bounds, order.identifiers));
          return {
            maxValidity: findMaxValidity(bounds.policies),
            subjectDer: chooseSubject(drafted, bounds),
          };
        },
      );
      const { profile, notBeforeSeconds, notAfterSeconds } = drafted;
      if (profile === null) throw new Error('the draft of a leaf has no profile');
      const validity = chooseValidity(order, profile, maxValidity, nowSeconds);
      return {
        ...drafted,
        subjectDer,
        notBeforeSeconds: Math.max(validity.notBeforeSeconds, notBeforeSeconds),
        // The draft ends with the profile or the authority's chain.
        notAfterSeconds: Math.min(validity.notAfterSeconds, notAfterSeconds),
      };
    }

    return issue({
      ...asked,
      draft,
      identifier: null,
      customIdentifier: null,
      instance: null,
      nonce:
        call === null
          ? null
          : {
              accessKeyId: NONCE_OWNER,
              nonce: call.nonce,
              requestId: call.request.requestId,
              usedAtSeconds: call.nowSeconds,
            },
      acmeOrder: {
        id: order.id,
        csrDer,
        accountId: terms.id,
        thumbprint: call?.signer.thumbprint ?? null,
        retentionSeconds: ORDER_RETENTION_SECONDS,
      },
    });
  }

  return {
    async finalize(call, orderId, csr) {
      if (typeof csr !== 'string') throw badCsr("'csr' must be base64url of the CSR's DER");
      const csrDer = decodeBase64url(csr, 'csr');
      const thumbprint = await readThumbprint(csrDer);
      const found = await store.findToFinalize(call, orderId, thumbprint);
      if (found === null) throw orderNotFound();
      const { state, isAccountKey } = found;
      requireReady(state, call.nowSeconds);
      if (isAccountKey) {
        throw badCsr('The key of the CSR is that of an account. Generate another one');
      }
      const issuing = issueFor(call.account, state, csrDer, call.request, call);
      const isDone = await settleWithin(issuing, PATIENCE_MS);
      if (isDone) {
        await issuing;
        markSpent(call);
        return { ...state, order: { ...state.order, recorded: 'valid' } };
      }
      const untilSeconds = call.nowSeconds + TAKE_OVER_SECONDS;
      keepAlive(
        issuing.catch((error: unknown) => endOrder(store, orderId, csrDer, error)).catch(() => {}),
      );
      const processing = await store.markProcessing(call, orderId, csrDer, untilSeconds);
      if (processing === null) throw orderNotFound();
      if (processing.order.recorded === 'pending') throw notReady(processing, call.nowSeconds);
      return processing;
    },

    async resume(openAccount, state, request) {
      const { id, csrDer } = state.order;
      if (csrDer === null) throw new TypeError('an order is being processed without a CSR');
      try {
        await issueFor(await openAccount(), state, csrDer, request, null);
      } catch (error) {
        await endOrder(store, id, csrDer, error);
      }
    },
  };
}

/**
 * Ends an order whose certificate was refused. What may pass is thrown: the job tries it again. An order
 * that is valid by now stays so.
 */
async function endOrder(
  store: AcmeOrderStore,
  orderId: string,
  csrDer: Uint8Array,
  error: unknown,
): Promise<void> {
  if (!(error instanceof SignetError) || error.status >= 500) throw error;
  await store.markFailed(orderId, csrDer, { code: error.code, message: error.message });
}

/** @throws SignetError malformed-csr, bad-csr */
async function readThumbprint(csrDer: Uint8Array): Promise<string> {
  const jwk = encodeJwk(parseCsr(csrDer).publicKey);
  // A key in another form than a JWK can have is not that of an account.
  return jwk === null ? '' : computeThumbprint(jwk);
}

function requireReady(state: OrderState, nowSeconds: number): void {
  if (deriveOrderStatus(state, nowSeconds) !== 'ready') throw notReady(state, nowSeconds);
}

function notReady(state: OrderState, nowSeconds: number): SignetError {
  const status = deriveOrderStatus(state, nowSeconds);
  return new SignetError(
    'order-not-ready',
    status === 'ready' || status === 'pending'
      ? 'The order is not ready: fulfil a challenge of each of its authorizations first.'
      : `The order is ${status}. Only an order that is ready can be finalized.`,
  );
}

/** The policy may have changed since the order was made. */
function requireStillAuthorized(
  { order, authorizations }: OrderState,
  proofs: ReturnType<typeof judgeIdentifiers>,
): void {
  const index = authorizations.findIndex(
    ({ preAuthorized }, each) => preAuthorized && proofs[each] !== 'pre-authorized',
  );
  const ended = authorizations[index];
  if (ended === undefined) return;
  const { value } = joinWildcard(ended.identifier, ended.wildcard);
  throw new SignetError(
    'forbidden',
    `The policy does not authorize '${value}' without a challenge any more. Make a new order than ${order.id}.`,
  );
}
