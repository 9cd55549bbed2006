import { NetworkError } from '../network-error.ts';
import type { KeyShareEntry } from './messages.ts';

/** Diffie-Hellman groups (RFC 8446 section 4.2.7), in the order that they are offered. */
const GROUPS = new Map<number, { algorithm: KeyAlgorithm; secretBits: number }>([
  [29, { algorithm: { name: 'X25519' }, secretBits: 256 }],
  [23, { algorithm: { name: 'ECDH', namedCurve: 'P-256' }, secretBits: 256 }],
  [24, { algorithm: { name: 'ECDH', namedCurve: 'P-384' }, secretBits: 384 }],
]);

interface KeyAlgorithm {
  readonly name: string;
  readonly namedCurve?: string;
}

export const ALL_GROUPS: readonly number[] = [...GROUPS.keys()];

/** The groups that the first ClientHello has a key for; others cost a round trip more. */
export const FIRST_GROUPS: readonly number[] = [29, 23];

/** An ephemeral key of this client. */
export interface KeyShare extends KeyShareEntry {
  /** Returns the shared secret. @throws NetworkError tls if `peer` is not a key of the group */
  agree(peer: Uint8Array): Promise<Uint8Array>;
}

/** @throws NetworkError tls for a group that is not one of ALL_GROUPS */
export async function createKeyShare(group: number): Promise<KeyShare> {
  const known = GROUPS.get(group);
  if (known === undefined) throw refuse('The server chose a key agreement that was not offered.');
  const { algorithm, secretBits } = known;
  const pair = await crypto.subtle.generateKey(algorithm, true, ['deriveBits']);
  if (pair instanceof CryptoKey) throw new TypeError('a key where a key pair belongs');
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new TypeError('raw export is not bytes');
  return {
    group,
    publicBytes: new Uint8Array(raw),
    async agree(peer) {
      try {
        const key = await crypto.subtle.importKey('raw', peer, algorithm, false, []);
        // The platform's types write the standard's "public" as "$public".
        const parameters = { name: algorithm.name, public: key, $public: key };
        const secret = await crypto.subtle.deriveBits(parameters, pair.privateKey, secretBits);
        return new Uint8Array(secret);
      } catch (error) {
        throw refuse('The server sent a key share that is not valid.', error);
      }
    },
  };
}

function refuse(message: string, cause?: unknown): NetworkError {
  return new NetworkError('tls', message, { cause });
}
