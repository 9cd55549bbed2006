import { describeAct } from '../audit/describe-act.ts';
import type { AuditEvent, RequestContext } from '../audit/event.ts';
import { encodeUtf8, sha256Hex } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Mac } from '../keys/mac.ts';
import { verifySecret } from './authenticate.ts';
import type { Credentials } from './credentials.ts';
import type { Identity } from './identity.ts';
import { type Page, readPage } from './page.ts';
import { accessOf, type Principal } from './principal.ts';
import { LETTERS_AND_DIGITS, type RandomBytes, randomText } from './random-text.ts';
import type { AccessKeySecrets } from './secrets.ts';
import type { ListedSession, Session, SessionStore, SignInFailureStore } from './session-store.ts';
import { createSignInLimits, WINDOW_SECONDS } from './sign-in-limits.ts';
import type { PageRequest } from './store.ts';

/** No other use of the sealing keys has it. */
export const SESSION_PURPOSE = 'signet-session-v1';
export const SESSION_SECONDS = 12 * 3600;
export const SESSION_IDLE_SECONDS = 1800;
/** The clocks of two machines differ. */
const CLOCK_DIFFERENCE_SECONDS = 60;
/** How much time passes before another use is written down. */
const USE_INTERVAL_SECONDS = 60;
/** 256 bits: OWASP ASVS 5.0 section 7.2.3 asks for 128. */
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const ID_CHARACTERS = 20;

export interface OpenedSession {
  readonly session: Session;
  readonly identity: Identity;
}

export interface Sessions {
  /**
   * Exchanges an access key's id and secret for a session.
   * @returns the session and its token, base64url, which is for the cookie only
   * @throws SignetError unauthenticated, throttled, access-key-disabled, access-key-expired,
   *   record-unavailable, sealing-unavailable
   */
  begin(
    credentials: Credentials,
    request: RequestContext,
  ): Promise<OpenedSession & { readonly token: string }>;
  /**
   * Finds the session of a token. What its access key may do is checked as for every other request.
   * @throws SignetError session-ended, record-unavailable, sealing-unavailable
   */
  open(token: string): Promise<OpenedSession>;
  /** Ends a session at once, everywhere. @throws SignetError record-unavailable */
  end(session: Session, request: RequestContext): Promise<void>;
  /**
   * Lists the sessions that the principal may see: `root` those of all accounts.
   * @throws SignetError invalid-parameter, record-unavailable
   */
  list(principal: Principal, page: PageRequest): Promise<Page<ListedSession>>;
  /** Ends another session at once. @throws SignetError session-not-found, record-unavailable */
  revoke(principal: Principal, id: string, request: RequestContext): Promise<void>;
  /** Deletes at most `limit` sessions that have ended, and old failures. Returns their number. */
  deleteEnded(limit: number): Promise<number>;
}

export interface SessionDependencies {
  readonly store: SessionStore & SignInFailureStore;
  readonly secrets: AccessKeySecrets;
  readonly mac: Mac;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  /** Keeps a promise running after the request that started it has ended. */
  readonly keepAlive: (promise: Promise<unknown>) => void;
}

export function createSessions(dependencies: SessionDependencies): Sessions {
  const { store, secrets, mac, clock, randomBytes, keepAlive } = dependencies;
  const nowSeconds = () => Math.floor(clock() / 1000);
  const limits = createSignInLimits(store, clock);
  const endedBefore = () => ({
    expiredSeconds: nowSeconds(),
    idleSeconds: nowSeconds() - SESSION_IDLE_SECONDS,
  });

  function describeEvent(
    action: 'session.begin' | 'session.end',
    { id, accessKeyId, accountId }: Session,
    request: RequestContext,
  ): AuditEvent {
    const principal = { accountId, actor: accessKeyId, grant: null, policyId: null };
    return describeAct({ principal, atMs: clock(), request }, action, id);
  }

  return {
    async begin(credentials, request) {
      const { remoteAddress } = request;
      const { identity, secret } = await limits.attempt(
        credentials.accessKeyId,
        remoteAddress,
        () => verifySecret(credentials, secrets),
      );
      await secrets.readTerms(identity);
      const token = randomBytes(TOKEN_BYTES).toBase64({ alphabet: 'base64url', omitPadding: true });
      const now = nowSeconds();
      const session: Session = {
        id: `ses-${randomText(randomBytes, LETTERS_AND_DIGITS, ID_CHARACTERS)}`,
        accessKeyId: identity.accessKeyId,
        accountId: identity.accountId,
        remoteAddress,
        createdAtSeconds: now,
        lastUsedAtSeconds: now,
        expiresAtSeconds: now + SESSION_SECONDS,
      };
      const tokenSha256Hex = await sha256Hex(encodeUtf8(token));
      const message = await sessionMessage(session, tokenSha256Hex, secret);
      const made = await mac.compute(message);
      const record = { session, tokenSha256Hex, mac: made.toBase64() };
      await store.insertSession(record, describeEvent('session.begin', session, request));
      return { session, identity, token };
    },

    async open(token) {
      const record = TOKEN.test(token)
        ? await store.findSession(await sha256Hex(encodeUtf8(token)))
        : null;
      if (record === null) throw ended();
      const { session } = record;
      const now = nowSeconds();
      const isIdle = session.lastUsedAtSeconds + SESSION_IDLE_SECONDS <= now;
      if (session.expiresAtSeconds <= now || isIdle) throw ended();
      // A clock that was ahead has begun it. Its end would be as late.
      if (session.expiresAtSeconds > now + SESSION_SECONDS + CLOCK_DIFFERENCE_SECONDS)
        throw ended();
      const { accountId, secret, root } = await secrets.findSecret(session.accessKeyId);
      if (accountId !== session.accountId) throw ended();
      const message = await sessionMessage(session, record.tokenSha256Hex, secret);
      if (!(await mac.verifyBase64(message, record.mac))) throw ended();
      if (session.lastUsedAtSeconds + USE_INTERVAL_SECONDS <= now) {
        // The answer does not wait for this. A lost note ends the session early at worst.
        keepAlive(store.noteUse(session.id, now).catch(() => {}));
      }
      return { session, identity: { accessKeyId: session.accessKeyId, accountId, root } };
    },

    end: (session, request) =>
      store.deleteSession(session.id, describeEvent('session.end', session, request)),

    list: (principal, page) =>
      readPage(
        page,
        (read) => store.listSessions(read, endedBefore(), accessOf(principal, clock())),
        ({ id }) => id,
      ),

    async revoke(principal, id, request) {
      const atMs = clock();
      const event = describeAct({ principal, atMs, request }, 'session.revoke', id);
      if (await store.revokeSession(id, accessOf(principal, atMs), event)) return;
      throw new SignetError('session-not-found', 'There is no session with this id.', {
        field: 'id',
      });
    },

    async deleteEnded(limit) {
      const window = Math.floor(clock() / 1000 / WINDOW_SECONDS);
      const failures = await store.deleteFailures(window, limit);
      return Math.max(failures, await store.deleteEnded(endedBefore(), limit));
    },
  };
}

/**
 * What the MAC of a session is over: its token, its end and whose it is, so that a row that another
 * program wrote or changed opens nothing. The secret of the access key is part of it, so that a new
 * root secret ends the sessions of the old one.
 */
async function sessionMessage(
  { id, accessKeyId, accountId, expiresAtSeconds }: Session,
  tokenSha256Hex: string,
  secret: Uint8Array,
): Promise<Uint8Array> {
  return encodeUtf8(
    JSON.stringify([
      id,
      tokenSha256Hex,
      accessKeyId,
      accountId,
      expiresAtSeconds,
      await sha256Hex(secret),
    ]),
  );
}

function ended(): SignetError {
  return new SignetError('session-ended', 'You are not signed in, or the session has ended.');
}
