import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { accessOf, type GrantCheck, type Principal } from './principal.ts';

/** An idempotency key reserved for one request. */
export interface Reservation {
  readonly accountId: string;
  readonly key: string;
  /** SHA-256 in hex of the access key, method, path and body. */
  readonly bodySha256Hex: string;
  readonly reservedAtMs: number;
}

export interface StoredAnswer {
  readonly bodySha256Hex: string;
  /** HTTP status; 0 before the request has been answered. */
  readonly status: number;
  /** Empty before the request has been answered. */
  readonly sealedAnswer: string;
}

export interface IdempotencyStore {
  /**
   * Reserves the key, or returns what is stored under it. If several requests try at once, one
   * reserves the key. Keys reserved up to `expiredMs` count as free.
   * @throws SignetError if the grant does not hold
   */
  reserve(
    reservation: Reservation,
    expiredMs: number,
    check: GrantCheck,
  ): Promise<'reserved' | StoredAnswer>;
  complete(reservation: Reservation, status: number, sealedAnswer: string): Promise<void>;
  release(reservation: Reservation): Promise<void>;
  /** Deletes at most `limit` keys that were reserved up to `expiredMs`. Returns their number. */
  deleteExpired(expiredMs: number, limit: number): Promise<number>;
}

/** The HTTP answer that is stored and sent again. */
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
   * Runs the work once for a key. The key belongs to the account; a request under it with another
   * access key, method, path or body is a conflict.
   * @param key 1 to 255 characters of visible ASCII
   * @returns `trouble`: the error that kept the answer from being stored, or null
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

const LIFETIME_MS = 24 * 3600 * 1000;
/** After these errors the work may have been recorded, so the key stays reserved. */
const UNKNOWN_OUTCOMES: readonly string[] = ['record-unavailable', 'internal'];

export function createIdempotency({ store, sealer, clock }: IdempotencyDependencies): Idempotency {
  async function finish(reservation: Reservation, answer: Answer): Promise<unknown> {
    try {
      const sealed = await sealer.seal(recordId(reservation), encodeAnswer(answer));
      await store.complete(reservation, answer.status, sealed);
      return null;
    } catch (error) {
      // The work is done and must be answered; a retry will find the reservation.
      return error;
    }
  }

  async function releaseKey(reservation: Reservation, error: unknown): Promise<void> {
    const known = error instanceof SignetError && !UNKNOWN_OUTCOMES.includes(error.code);
    if (known) await store.release(reservation).catch(() => {});
  }

  return {
    async run(principal, key, request, work) {
      checkKey(key);
      if (sealer.version === null) {
        throw new SignetError(
          'sealing-unavailable',
          'Idempotency keys are unavailable because the server cannot seal answers.',
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
      const stored = await store.reserve(reservation, reservedAtMs - LIFETIME_MS, check);
      if (stored !== 'reserved') {
        const answer = await openAnswer(sealer, reservation, stored);
        return { answer, replayed: true, trouble: null };
      }
      let answer: Answer;
      try {
        answer = await work();
      } catch (error) {
        await releaseKey(reservation, error);
        throw error;
      }
      return { answer, replayed: false, trouble: await finish(reservation, answer) };
    },
  };
}

/** Deletes at most `limit` idempotency keys whose lifetime has passed. Returns their number. */
export function deleteExpiredIdempotencyKeys(
  { store, clock }: Pick<IdempotencyDependencies, 'store' | 'clock'>,
  limit: number,
): Promise<number> {
  return store.deleteExpired(clock() - LIFETIME_MS, limit);
}

function checkKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new SignetError(
    'invalid-parameter',
    'The header Idempotency-Key must consist of 1 to 255 visible ASCII characters.',
    { field: 'Idempotency-Key' },
  );
}

/** No part before the body can contain a line feed, so the parts cannot be confused. */
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
  { bodySha256Hex, status, sealedAnswer }: StoredAnswer,
): Promise<Answer> {
  if (bodySha256Hex !== reservation.bodySha256Hex) {
    throw conflict('This idempotency key was used for another request. Choose a new key.');
  }
  if (status === 0) {
    throw conflict(
      'A request with this idempotency key is in progress or ended without a known outcome. Try again; before you choose a new key, check whether the request was executed.',
    );
  }
  return decodeAnswer(status, await sealer.open(recordId(reservation), sealedAnswer));
}

/** Contains the request's hash, so that a row cannot answer another request. */
function recordId({ accountId, key, bodySha256Hex }: Reservation): string {
  return `idempotency-key:${accountId}:${bodySha256Hex}:${key}`;
}

function encodeAnswer({ headers, body }: Answer): Uint8Array {
  return encodeUtf8(JSON.stringify({ headers, body: body.toBase64() }));
}

function decodeAnswer(status: number, sealed: Uint8Array): Answer {
  const answer: unknown = JSON.parse(new TextDecoder().decode(sealed));
  if (typeof answer !== 'object' || answer === null) {
    throw new TypeError('a stored answer is not an object');
  }
  const headers: unknown = Reflect.get(answer, 'headers');
  const body: unknown = Reflect.get(answer, 'body');
  if (!Array.isArray(headers) || typeof body !== 'string') {
    throw new TypeError('a stored answer is incomplete');
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
