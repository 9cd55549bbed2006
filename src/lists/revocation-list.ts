import { sha256Hex } from '../bytes.ts';
import type { ListTimes } from './list-store.ts';

export interface CrlSigner {
  readonly signatureAlgorithmDer: Uint8Array;
  /** The signature in X.509's form. */
  sign(tbsDer: Uint8Array): Promise<Uint8Array>;
}

/** The parts of an authority that its lists need. */
export interface CrlAuthority {
  readonly generationId: string;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** Null if the key cannot be used. A stored list is then served if it holds every revocation and its nextUpdate is in the future. */
  readonly signer: CrlSigner | null;
}

/** A signed list. It may be too long for memory. */
export interface RevocationList extends ListTimes {
  readonly number: number;
  /** The authority's revocation revision that the list holds. */
  readonly revision: number;
  readonly byteLength: number;
  /** Hash of these bytes in hex. */
  readonly tagHex: string;
  /**
   * Returns the DER in pieces, in order. Each call reads it again.
   * @throws SignetError record-unavailable while reading, if a piece cannot be read
   */
  read(): AsyncIterable<Uint8Array>;
  /** Frees the pieces that it holds in memory. It cannot be read any more. */
  release(): void;
}

/** Hashes head and trailer only: they contain the number, the times and the signature. */
export function tagList(headDer: Uint8Array, trailerDer: Uint8Array): Promise<string> {
  const bytes = new Uint8Array(headDer.length + trailerDer.length);
  bytes.set(headDer);
  bytes.set(trailerDer, headDer.length);
  return sha256Hex(bytes);
}

/** A list may be newer than this clock by so much: the clocks of two machines differ. */
const CLOCK_DIFFERENCE_SECONDS = 60;

/**
 * Whether a list has to be renewed: `renewBeforeSeconds` before its nextUpdate, but not in the first
 * half of its life; also if its thisUpdate is in the future, because the clock was ahead when it was
 * built.
 * @param endSeconds the end of the CA certificate: a list that ends with it cannot be prolonged
 */
export function isDue(
  { thisUpdateSeconds, nextUpdateSeconds }: ListTimes,
  renewBeforeSeconds: number,
  endSeconds: number,
  nowSeconds: number,
): boolean {
  if (nowSeconds >= nextUpdateSeconds) return true;
  if (thisUpdateSeconds > nowSeconds + CLOCK_DIFFERENCE_SECONDS) return true;
  if (nextUpdateSeconds >= endSeconds) return false;
  const halfLifeSeconds = (nextUpdateSeconds - thisUpdateSeconds) / 2;
  return nowSeconds >= nextUpdateSeconds - Math.min(renewBeforeSeconds, halfLifeSeconds);
}
