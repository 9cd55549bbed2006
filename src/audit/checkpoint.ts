import { encodeUtf8, sha256Hex } from '../bytes.ts';
import { GENESIS_HASH_HEX } from './chain.ts';
import type { CheckpointRow } from './store.ts';

/** What a checkpoint says: the chain had this head at that time. */
export interface Checkpoint {
  /** How many checkpoints there are with this one. */
  readonly sequence: number;
  /** The position of the last sealed event. */
  readonly position: number;
  /** The hash of that event. */
  readonly hashHex: string;
  /** SHA-256 of the token of the checkpoint before; 32 zero bytes for the first one. */
  readonly predecessorHex: string;
  /** SubjectPublicKeyInfo in base64. It only names the key: the configuration decides about trust. */
  readonly publicKey: string;
  readonly signedAtMs: number;
}

export interface CheckpointSigner {
  readonly publicKey: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** The keys that the configuration holds. Nothing in D1 can add one. */
export interface CheckpointKeys {
  /** Signs new checkpoints; null if SEALING_KEY is not set. */
  readonly current: CheckpointSigner | null;
  has(publicKey: string): boolean;
  /** Returns false for a key that is not configured. */
  verify(publicKey: string, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** A checkpoint as it was read from a token. Its signature is not verified yet. */
export interface ReadCheckpoint extends Checkpoint {
  readonly token: string;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** What is wrong with the record, and from which event on. */
export interface Finding {
  readonly position: number;
  readonly problem: string;
}

/** Ed25519: RFC 8032 section 5.1.6. */
const SIGNATURE_BYTES = 64;

const MESSAGE_FORM =
  /^signet-audit-checkpoint-v1\nsequence (\d{1,15})\nposition (\d{1,15})\nhash ([0-9a-f]{64})\npredecessor ([0-9a-f]{64})\nkey ([A-Za-z0-9+/]{59}=)\nsigned-at (\S{24})\n$/;

/**
 * Returns the message that a checkpoint signs: ASCII text that ends with a newline. It begins with
 * its purpose.
 */
export function checkpointMessage(checkpoint: Checkpoint): Uint8Array {
  return encodeUtf8(`signet-audit-checkpoint-v1
sequence ${checkpoint.sequence}
position ${checkpoint.position}
hash ${checkpoint.hashHex}
predecessor ${checkpoint.predecessorHex}
key ${checkpoint.publicKey}
signed-at ${new Date(checkpoint.signedAtMs).toISOString()}
`);
}

/** Returns the checkpoint's token: message and signature in base64url, with a dot between them. */
export async function signCheckpoint(
  signer: CheckpointSigner,
  facts: Omit<Checkpoint, 'publicKey'>,
): Promise<CheckpointRow> {
  const message = checkpointMessage({ ...facts, publicKey: signer.publicKey });
  const signature = await signer.sign(message);
  const token = `${encode(message)}.${encode(signature)}`;
  return { sequence: facts.sequence, position: facts.position, token };
}

/** Reads a token. Returns null if it is not exactly what `signCheckpoint` makes. */
export function readCheckpoint(token: string): ReadCheckpoint | null {
  const [message, signature, ...rest] = token.split('.').map(decode);
  if (!message || signature?.length !== SIGNATURE_BYTES || rest.length > 0) return null;
  if (`${encode(message)}.${encode(signature)}` !== token) return null;
  const match = MESSAGE_FORM.exec(new TextDecoder().decode(message));
  if (match === null) return null;
  const [, sequence, position, hashHex = '', predecessorHex = '', publicKey = '', at = ''] = match;
  const checkpoint = {
    sequence: Number(sequence),
    position: Number(position),
    hashHex,
    predecessorHex,
    publicKey,
    signedAtMs: Date.parse(at),
  };
  return Number.isNaN(checkpoint.signedAtMs) ? null : { ...checkpoint, token, message, signature };
}

/** Returns the hash by which the next checkpoint names this one. */
export function hashToken(token: string | null): Promise<string> {
  return token === null ? Promise.resolve(GENESIS_HASH_HEX) : sha256Hex(encodeUtf8(token));
}

export function isSigned(keys: CheckpointKeys, read: ReadCheckpoint): Promise<boolean> {
  return keys.verify(read.publicKey, read.message, read.signature);
}

/** Reads the newest checkpoint, and finds what is wrong with it. A record without one is right. */
export async function openHead(
  keys: CheckpointKeys,
  row: CheckpointRow | null,
): Promise<{ readonly head: ReadCheckpoint | null } | Finding> {
  if (row === null) return { head: null };
  const found = (problem: string) => ({ position: row.position, problem });
  const head = readCheckpoint(row.token);
  if (head === null || head.sequence !== row.sequence || head.position !== row.position) {
    return found(`Checkpoint ${row.sequence} was changed.`);
  }
  if (!keys.has(head.publicKey)) {
    return found(
      `Checkpoint ${row.sequence} is signed with a key that is not configured. Set the SEALING_KEY version that signed it.`,
    );
  }
  if (await isSigned(keys, head)) return { head };
  return found(`The signature of checkpoint ${row.sequence} does not verify.`);
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

function decode(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  } catch {
    return null;
  }
}
