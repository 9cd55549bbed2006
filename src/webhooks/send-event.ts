import { NetworkError } from '../net/network-error.ts';
import type { Post } from '../net/post.ts';
import type { WebhookEvent } from './describe-event.ts';
import { signMessage, type WebhookSecrets } from './secrets.ts';
import { eventId } from './webhook.ts';

/** The result of one request to a receiver. */
export interface Attempt {
  /** Null if there was no answer. */
  readonly status: number | null;
  /** Why it failed; null for success. */
  readonly error: string | null;
}

const TIMEOUT_MS = 10_000;

/** Sends an event once, as the Standard Webhooks specification says. */
export async function sendEvent(
  { post, clock }: { readonly post: Post; readonly clock: () => number },
  url: string,
  secrets: WebhookSecrets,
  event: WebhookEvent,
): Promise<Attempt> {
  const id = eventId(event);
  const nowMs = clock();
  const timestampSeconds = Math.floor(nowMs / 1000);
  const { type, timestamp, data } = event;
  const body = JSON.stringify({ type, timestamp, data });
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Signet',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(secrets, { id, timestampSeconds, body }, nowMs),
  };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return judge(await post(new URL(url), { headers, body }, signal));
  } catch (error) {
    const message =
      error instanceof NetworkError ? error.message : 'The request could not be sent.';
    return { status: null, error: message };
  }
}

function judge(status: number): Attempt {
  if (status >= 200 && status < 300) return { status, error: null };
  return {
    status,
    error:
      status >= 300 && status < 400
        ? `The receiver answered ${status}. Redirects are not followed.`
        : `The receiver answered ${status}.`,
  };
}
