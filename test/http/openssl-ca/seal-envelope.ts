import { CONFIG } from '../fakes.ts';

export interface EnvelopeForm {
  readonly mode: 'cfb8' | 'cfb128';
  readonly padded: boolean;
  readonly secret?: string;
}

/** Seals as a client does: pads, encrypts by CFB segment by segment, and joins IV and ciphertext. */
export async function sealEnvelope(
  plain: string | Uint8Array,
  form: EnvelopeForm,
): Promise<string> {
  const secret = new TextEncoder().encode(form.secret ?? CONFIG.openSslCaSecret ?? '');
  const key = await crypto.subtle.importKey('raw', secret, 'AES-CTR', false, ['encrypt']);
  const bytes = typeof plain === 'string' ? new TextEncoder().encode(plain) : plain;
  const count = form.padded ? 16 - (bytes.length % 16) : 0;
  const padded = new Uint8Array(bytes.length + count).fill(count);
  padded.set(bytes);
  const envelope = new Uint8Array(16 + padded.length);
  crypto.getRandomValues(envelope.subarray(0, 16));
  const step = form.mode === 'cfb8' ? 1 : 16;
  for (let at = 0; at < padded.length; at += step) {
    const counter = envelope.slice(at, at + 16);
    const segment = padded.slice(at, at + step);
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-CTR', counter, length: 128 },
      key,
      segment,
    );
    envelope.set(new Uint8Array(sealed), at + 16);
  }
  return envelope.toBase64();
}
