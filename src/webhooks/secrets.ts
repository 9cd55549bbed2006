import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';

/** The secrets of a webhook. */
export interface WebhookSecrets {
  /** 32 bytes. */
  readonly current: Uint8Array;
  /** The secret before the last rotation, which signs too until `untilMs`; null without one. */
  readonly former: { readonly secret: Uint8Array; readonly untilMs: number } | null;
}

export const SECRET_BYTES = 32;

/** How long the former secret signs beside the new one. */
export const OVERLAP_MS = 86_400_000;

/** The form in which receivers take a secret (Standard Webhooks). */
export function formatSecret(secret: Uint8Array): string {
  return `whsec_${secret.toBase64()}`;
}

/** Writes secrets as what is sealed. */
export function encodeSecrets({ current, former }: WebhookSecrets): Uint8Array {
  return encodeUtf8(
    [
      current.toBase64(),
      ...(former === null ? [] : [former.secret.toBase64(), String(former.untilMs)]),
    ].join(' '),
  );
}

/** @throws SignetError sealing-unavailable if they are not what `encodeSecrets` writes */
export function decodeSecrets(bytes: Uint8Array): WebhookSecrets {
  const [current, former, untilMs] = decodeUtf8(bytes)?.split(' ') ?? [];
  if (current === undefined) {
    throw new SignetError('sealing-unavailable', 'The secret of a webhook cannot be read.');
  }
  return {
    current: Uint8Array.fromBase64(current),
    former:
      former === undefined
        ? null
        : { secret: Uint8Array.fromBase64(former), untilMs: Number(untilMs) },
  };
}

/** What is signed and sent. */
export interface SignedMessage {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/** Returns the header `webhook-signature`: a signature by each secret that is in use. */
export async function signMessage(
  { current, former }: WebhookSecrets,
  message: SignedMessage,
  nowMs: number,
): Promise<string> {
  const secrets = [current, ...(former !== null && former.untilMs > nowMs ? [former.secret] : [])];
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, message)));
  return signatures.join(' ');
}

async function sign(
  secret: Uint8Array,
  { id, timestampSeconds, body }: SignedMessage,
): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);
  const signed = encodeUtf8(`${id}.${timestampSeconds}.${body}`);
  return `v1,${new Uint8Array(await crypto.subtle.sign('HMAC', key, signed)).toBase64()}`;
}
