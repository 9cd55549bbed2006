import { isWithin, LATE, waitAtMost } from '../wait.ts';
import type { BatchRunner, SentResult, SentStatement } from './statements.ts';

/** Executes a statement that writes nothing. */
export type Read = (statement: SentStatement) => Promise<SentResult>;

/** How long a read waits for those of other requests. Then it goes by itself. */
const WAIT_MS = 100;
/** Together, the longest results stay below the platform's limit of 32 MiB for a message. */
const MAX_READS = 12;

interface Waiting {
  readonly statement: SentStatement;
  readonly settle: (result: SentResult) => void;
  readonly fail: (error: unknown) => void;
  /** The request that is given the turn sends its read, and those that wait behind it. */
  readonly giveTurn: () => void;
}

/**
 * Sends the reads of concurrent requests together: a call to the record's process costs about as much
 * for twelve reads as for one. While one call is under way, the reads for the next one gather. A read
 * that is alone does not wait.
 * @param openRunner called by the request that sends
 * @param clock Unix ms
 * @param keepAlive lets a promise settle though its request is cancelled (waitUntil): other requests
 *   wait for its read, or give it the turn
 */
export function shareReads(
  openRunner: () => BatchRunner,
  clock: () => number,
  keepAlive: (promise: Promise<unknown>) => void,
): Read {
  const waiting: Waiting[] = [];
  /** The call that is under way. */
  let turn: { readonly beganAtMs: number } | null = null;

  function takeTurn() {
    turn = { beganAtMs: clock() };
    return turn;
  }

  async function send(statements: readonly SentStatement[]): Promise<readonly SentResult[]> {
    const own = takeTurn();
    try {
      return await openRunner().batch(statements);
    } finally {
      if (turn === own) passOn();
    }
  }

  function passOn(): void {
    turn = null;
    const next = waiting.shift();
    if (next === undefined) return;
    takeTurn();
    next.giveTurn();
  }

  async function sendWaiting(first: Waiting): Promise<void> {
    const sent = [first, ...waiting.splice(0, MAX_READS - 1)];
    try {
      const results = await send(sent.map(({ statement }) => statement));
      sent.forEach(({ settle, fail }, i) => {
        const result = results[i];
        if (result === undefined) fail(new Error('The record gave no result.'));
        else settle(result);
      });
    } catch (error) {
      for (const { fail } of sent) fail(error);
    }
  }

  async function sendAlone(statement: SentStatement): Promise<SentResult> {
    const [result] = await send([statement]);
    if (result === undefined) throw new Error('The record gave no result.');
    return result;
  }

  async function read(statement: SentStatement): Promise<SentResult> {
    if (!isWithin(turn?.beganAtMs ?? null, WAIT_MS, clock())) return sendAlone(statement);
    const answer = Promise.withResolvers<SentResult>();
    const ownTurn = Promise.withResolvers<'turn'>();
    const entry: Waiting = {
      statement,
      settle: answer.resolve,
      fail: answer.reject,
      giveTurn: () => ownTurn.resolve('turn'),
    };
    waiting.push(entry);
    const first = await waitAtMost(Promise.race([answer.promise, ownTurn.promise]), WAIT_MS);
    if (first === 'turn') {
      await sendWaiting(entry);
      return answer.promise;
    }
    if (first !== LATE) return first;
    const at = waiting.indexOf(entry);
    if (at >= 0) waiting.splice(at, 1);
    return sendAlone(statement);
  }

  return (statement) => {
    const result = read(statement);
    keepAlive(result.catch(() => {}));
    return result;
  };
}
