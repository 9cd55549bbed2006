import { createBuildGate } from '../../src/lists/build-gate.ts';
import { createChunkMemory } from '../../src/lists/chunk-memory.ts';
import type { CurrentListDependencies } from '../../src/lists/current-crl.ts';
import { LIST_LIMITS, type ListLimits } from '../../src/lists/prepare-chunks.ts';
import type { CrlAuthority, RevocationList } from '../../src/lists/revocation-list.ts';
import { readWholeList } from '../../src/lists/stored-list.ts';
import { createCrlStore } from '../../src/store/crl.ts';
import { NOW_SECONDS } from '../store/database.ts';
import { readList } from './read-list.ts';

export const PUBLICATION_URL = 'http://ca.test';

/** So small that few entries need several chunks, reads and writes. */
export const SMALL_LIMITS: ListLimits = {
  pageRows: 2,
  heldBytes: 25,
  chunkBytes: (precedingBytes) => Math.max(precedingBytes / 2, 30),
};

/** The Worker's dependencies, with another clock. */
export function makeListDependencies(db: D1Database, clock: () => number): CurrentListDependencies {
  return {
    store: createCrlStore(db),
    clock,
    randomId: () => crypto.randomUUID(),
    limits: LIST_LIMITS,
    memory: createChunkMemory(),
    gate: createBuildGate(),
    publicationUrl: PUBLICATION_URL,
    crlLifetimeSeconds: 7 * 86400,
    renewBeforeSeconds: 86400,
  };
}

/** An authority with a new Ed25519 key that counts its signatures. */
export async function makeAuthority(overrides: Partial<CrlAuthority> = {}) {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('not a key pair');
  const counts = { signatures: 0 };
  const sign = async (bytes: Uint8Array) => {
    counts.signatures++;
    return new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
  };
  const authority: CrlAuthority = {
    generationId: 'default',
    subjectDer: Uint8Array.fromHex('300c310a300806035504030c0161'),
    subjectKeyIdentifier: new Uint8Array(20).fill(7),
    notAfterSeconds: NOW_SECONDS + 3650 * 86400,
    signer: { signatureAlgorithmDer: Uint8Array.fromHex('300506032b6570'), sign },
    ...overrides,
  };
  return {
    authority,
    counts,
    sign,
    verify: (message: Uint8Array, signature: Uint8Array) =>
      crypto.subtle.verify('Ed25519', pair.publicKey, signature, message),
    /** Reads the list and verifies its signature. */
    async readCrl(list: RevocationList) {
      const crl = readList(await readWholeList(list));
      if (crl.number !== list.number) throw new Error('not the number that was told');
      if (!(await crypto.subtle.verify('Ed25519', pair.publicKey, crl.signature, crl.tbsDer))) {
        throw new Error('the signature of the list is wrong');
      }
      return crl;
    },
  };
}
