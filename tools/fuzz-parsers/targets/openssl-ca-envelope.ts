import { createCipheriv, createDecipheriv } from 'node:crypto';
import {
  decodeEnvelope,
  importEnvelopeKey,
  openEnvelope,
} from '../../../src/http/openssl-ca/envelope.ts';
import { assertSame, assertTrue } from '../oracle.ts';
import { readUtf8, splitChoice } from '../text.ts';

const SECRET = '0123456789abcdefghijklmnopqrstuv';
const CIPHERS = ['aes-256-cfb8', 'aes-256-cfb'] as const;
const KEY = importEnvelopeKey(SECRET);
const IV = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** The first byte selects what the rest is: an envelope's text, its bytes, or its content. */
export async function fuzz(data: Buffer): Promise<void> {
  const { choice, rest } = splitChoice(data);
  if (choice % 4 === 0) {
    const envelope = decodeEnvelope(readUtf8(rest));
    if (envelope !== null) await compare(envelope);
  } else if (choice % 4 === 1) {
    await compare(rest);
  } else {
    const isPadded = choice % 4 === 3;
    for (const name of CIPHERS) await compare(seal(name, isPadded ? pad(rest) : rest));
  }
}

/** OpenSSL's CFB (through Node) must decrypt to the same readings. */
async function compare(envelope: Uint8Array): Promise<void> {
  const readings = await openEnvelope(await KEY, envelope);
  const expected = CIPHERS.flatMap((name) => openIndependently(name, envelope) ?? []);
  assertSame('readings', readings, expected);
}

function seal(name: (typeof CIPHERS)[number], plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(name, SECRET, IV);
  return new Uint8Array(Buffer.concat([IV, cipher.update(plaintext), cipher.final()]));
}

function pad(plaintext: Uint8Array): Uint8Array {
  const count = 16 - (plaintext.length % 16);
  return Buffer.concat([plaintext, Buffer.alloc(count, count)]);
}

function openIndependently(name: (typeof CIPHERS)[number], envelope: Uint8Array) {
  if (envelope.length <= 16) return null;
  const cipher = createDecipheriv(name, SECRET, envelope.subarray(0, 16));
  const plain = Buffer.concat([cipher.update(envelope.subarray(16)), cipher.final()]);
  const last = plain.at(-1) ?? 0;
  const isPadded =
    plain.length % 16 === 0 &&
    last >= 1 &&
    last <= 16 &&
    plain.subarray(-last).equals(Buffer.alloc(last, last));
  const content = isPadded ? plain.subarray(0, -last) : plain;
  const text = content.toString('utf8');
  if (!Buffer.from(text).equals(content)) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for them.
  if (/[\x00-\x08\x0e-\x1f\x7f]/.test(text)) return null;
  assertTrue('text', text.isWellFormed());
  return {
    text: text.replace(/^\ufeff/, ''),
    padded: isPadded,
    isForgeable: name === 'aes-256-cfb' && plain.length <= 16,
  };
}
