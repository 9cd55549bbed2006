import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { accessOf, type GrantCheck, type Principal } from './principal.ts';

/** One creation under an idempotency key, as it is reserved. */
export interface Reservation {
  readonly accountId: string;
  readonly key: string;
  /** Hex of SHA-256 over everything that makes two requests the same. */
  readonly bodySha256Hex: string;
  readonly reservedAtMs: number;
}

export interface KeptAnswer {
  readonly bodySha256Hex: string;
  /** HTTP status; 0 while there is no answer. */
  readonly status: number;
  /** Empty while there is none. */
  readonly sealedAnswer: string;
}

export interface IdempotencyStore {
  /**
   * Of several at once one reserves; the others get what is kept. What is older than `staleMs` counts
   * as not there.
   * @throws SignetError where the grant does not hold
   */
  reserve(
    reservation: Reservation,
    staleMs: number,
    check: GrantCheck,
  ): Promise<'reserved' | KeptAnswer>;
  complete(reservation: Reservation, status: number, sealedAnswer: string): Promise<void>;
  release(reservation: Reservation): Promise<void>;
  /** Removes at most `limit` that were reserved up to `staleMs`. Answers how many. */
  purge(staleMs: number, limit: number): Promise<number>;
}

/** An answer as it is kept. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export interface IdempotencyDependencies {
  readonly store: IdempotencyStore;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface Idempotency {
  /**
   * Does the work once for a key. The key belongs to the account; another access key, method, path
   * or body under it is a conflict.
   * @param key 1 to 255 characters of visible ASCII
   * @param request what, with the body, makes two requests the same
   * @throws SignetError invalid-parameter, idempotency-conflict, sealing-unavailable, and what the
   *   work throws
   */
  run(
    principal: Principal,
    key: string,
    request: { readonly method: string; readonly path: string; readonly body: Uint8Array },
    work: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly replayed: boolean; readonly trouble: unknown }>;
}

const KEPT_MS = 24 * 3600 * 1000;
/** Of these it is not known whether the work was recorded: the key stays taken. */
const OPEN_OUTCOMES: readonly string[] = ['record-unavailable', 'internal'];

export function createIdempotency({ store, sealer, clock }: IdempotencyDependencies): Idempotency {
  async function finish(reservation: Reservation, answer: Answer): Promise<unknown> {
    try {
      const sealed = await sealer.seal(recordId(reservation), encodeAnswer(answer));
      await store.complete(reservation, answer.status, sealed);
      return null;
    } catch (error) {
      // The work is done and must be answered; another try will meet the reservation.
      return error;
    }
  }

  async function giveUp(reservation: Reservation, error: unknown): Promise<void> {
    const known = error instanceof SignetError && !OPEN_OUTCOMES.includes(error.code);
    if (known) await store.release(reservation).catch(() => {});
  }

  return {
    async run(principal, key, request, work) {
      checkKey(key);
      if (sealer.version === null) {
        throw new SignetError(
          'sealing-unavailable',
          'Idempotency keys cannot be used here at present: answers cannot be sealed.',
          { cause: 'SEALING_KEY is not set' },
        );
      }
      const reservedAtMs = clock();
      const reservation: Reservation = {
        accountId: principal.accountId,
        key,
        bodySha256Hex: await digestRequest(principal.actor, request),
        reservedAtMs,
      };
      const check = accessOf(principal, reservedAtMs);
      const kept = await store.reserve(reservation, reservedAtMs - KEPT_MS, check);
      if (kept !== 'reserved') {
        const answer = await openAnswer(sealer, reservation, kept);
        return { answer, replayed: true, trouble: null };
      }
      let answer: Answer;
      try {
        answer = await work();
      } catch (error) {
        await giveUp(reservation, error);
        throw error;
      }
      return { answer, replayed: false, trouble: await finish(reservation, answer) };
    },
  };
}

/** Removes at most `limit` answers that were kept long enough. Answers how many. */
export function purgeIdempotencyKeys(
  { store, clock }: Pick<IdempotencyDependencies, 'store' | 'clock'>,
  limit: number,
): Promise<number> {
  return store.purge(clock() - KEPT_MS, limit);
}

function checkKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new SignetError(
    'invalid-parameter',
    'The header Idempotency-Key must have 1 to 255 characters of visible ASCII.',
    { field: 'Idempotency-Key' },
  );
}

/** None of the parts before the body can hold a line feed. */
async function digestRequest(
  actor: string,
  { method, path, body }: { method: string; path: string; body: Uint8Array },
): Promise<string> {
  const head = encodeUtf8(`${actor}\n${method}\n${path}\n`);
  const all = new Uint8Array(head.length + body.length);
  all.set(head);
  all.set(body, head.length);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all)).toHex();
}

async function openAnswer(
  sealer: Sealer,
  reservation: Reservation,
  { bodySha256Hex, status, sealedAnswer }: KeptAnswer,
): Promise<Answer> {
  if (bodySha256Hex !== reservation.bodySha256Hex) {
    throw conflict('This idempotency key was used for another request: choose a new key.');
  }
  if (status === 0) {
    throw conflict(
      'A request with this idempotency key is being worked on, or ended without a known outcome: ask again, then look whether it was done before you choose a new key.',
    );
  }
  return decodeAnswer(status, await sealer.open(recordId(reservation), sealedAnswer));
}

/** Bound to the request too: a row cannot be made to answer another one. */
function recordId({ accountId, key, bodySha256Hex }: Reservation): string {
  return `idempotency-key:${accountId}:${bodySha256Hex}:${key}`;
}

function encodeAnswer({ headers, body }: Answer): Uint8Array {
  return encodeUtf8(JSON.stringify({ headers, body: body.toBase64() }));
}

function decodeAnswer(status: number, sealed: Uint8Array): Answer {
  const kept: unknown = JSON.parse(new TextDecoder().decode(sealed));
  if (typeof kept !== 'object' || kept === null) throw new TypeError('a kept answer is no object');
  const headers: unknown = Reflect.get(kept, 'headers');
  const body: unknown = Reflect.get(kept, 'body');
  if (!Array.isArray(headers) || typeof body !== 'string') {
    throw new TypeError('a kept answer is not complete');
  }
  return {
    status,
    headers: headers.map(([name, value]: readonly unknown[]) => [String(name), String(value)]),
    body: Uint8Array.fromBase64(body),
  };
}

function conflict(message: string): SignetError {
  return new SignetError('idempotency-conflict', message, { field: 'Idempotency-Key' });
}
