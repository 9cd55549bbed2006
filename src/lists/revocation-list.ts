import { sha256Hex } from '../bytes.ts';
import type { ListTimes } from './list-store.ts';

export interface CrlSigner {
  readonly signatureAlgorithmDer: Uint8Array;
  /** The signature in X.509's form. */
  sign(tbsDer: Uint8Array): Promise<Uint8Array>;
}

/** An authority as far as its lists need it. */
export interface CrlAuthority {
  readonly id: string;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
  readonly notAfterSeconds: number;
  /** Null where the key cannot be used: what is stored is served as long as it is true. */
  readonly signer: CrlSigner | null;
}

/** A signed list, which may be too long to be held at once. */
export interface RevocationList extends ListTimes {
  readonly number: number;
  /** The authority's revocation revision that the list holds. */
  readonly revision: number;
  readonly byteLength: number;
  /** Hex, of these very bytes: two lists never share it. */
  readonly tagHex: string;
  /**
   * The DER in pieces, in their order; each call reads it anew.
   * @throws SignetError record-unavailable in the midst of it, where a piece cannot be read
   */
  read(): AsyncIterable<Uint8Array>;
}

/** The signature stands in the trailer, the number and the times in the head. */
export function tagList(headDer: Uint8Array, trailerDer: Uint8Array): Promise<string> {
  const bytes = new Uint8Array(headDer.length + trailerDer.length);
  bytes.set(headDer);
  bytes.set(trailerDer, headDer.length);
  return sha256Hex(bytes);
}

/**
 * Whether a list has to be renewed: so long before its nextUpdate, but in the second half of its
 * life only.
 * @param endSeconds of the CA certificate: a list that ends with it cannot be prolonged
 */
export function isDue(
  { thisUpdateSeconds, nextUpdateSeconds }: ListTimes,
  renewBeforeSeconds: number,
  endSeconds: number,
  nowSeconds: number,
): boolean {
  if (nowSeconds >= nextUpdateSeconds) return true;
  if (nextUpdateSeconds >= endSeconds) return false;
  const halfLifeSeconds = (nextUpdateSeconds - thisUpdateSeconds) / 2;
  return nowSeconds >= nextUpdateSeconds - Math.min(renewBeforeSeconds, halfLifeSeconds);
}
