import { encodeBitString, encodeElementHeader, TAG } from '../asn1/der.ts';
import { concatBytes, releaseBytes } from '../bytes.ts';
import { type CertListFields, encodeCertListFrame } from '../x509/status/encode-crl.ts';
import type { ChunkMemory } from './chunk-memory.ts';
import {
  COMPLETE,
  type CrlStore,
  type ListScope,
  type ListSnapshot,
  type ListTimes,
} from './list-store.ts';
import { deltaPath, listPath } from './list-urls.ts';
import {
  type ChunkDependencies,
  listNew,
  type PreparedChunk,
  prepareChunks,
} from './prepare-chunks.ts';
import { readBodies } from './read-bodies.ts';
import {
  type CrlAuthority,
  type CrlSigner,
  isDue,
  type RevocationList,
  tagList,
} from './revocation-list.ts';
import { openStoredList } from './stored-list.ts';

export interface CrlDependencies extends ChunkDependencies {
  readonly memory: ChunkMemory;
  /** From thisUpdate to nextUpdate. */
  readonly crlLifetimeSeconds: number;
  /** How long before nextUpdate a list is renewed, but at most half of the list's life. */
  readonly renewBeforeSeconds: number;
  /** Plain http, without a slash at the end. Lists contain their own URL and that of their delta. */
  readonly publicationUrl: string;
}

/**
 * After so many changes, the next full list becomes the base of deltas: a delta is worth its while only
 * if it is much shorter than the list, and is built from rows each time.
 */
export function limitChanges({ entries }: Pick<ListSnapshot, 'entries'>): number {
  return Math.min(Math.max(Math.ceil(entries / 10), 1000), 10_000);
}

/** The longest header that the SEQUENCE of the whole list can have. */
const HEADER_BYTES = 6;
/** Room for the algorithm and the signature behind it. The longest, of RSA-8192 with PSS, takes 1100 bytes. */
const SIGNED_BYTES = 1200;
/** A longer list is read from the record again, chunk by chunk, to be served. */
const MAX_BYTES_KEPT = 1_500_000;

export interface BuildOrder {
  readonly authority: CrlAuthority;
  readonly signer: CrlSigner;
  readonly scope: ListScope;
  readonly snapshot: ListSnapshot;
  /** Makes the list the base of deltas in any case. */
  readonly asBase: boolean;
  readonly nowSeconds: number;
  /** After it, a build with much left to do ends with an error. */
  readonly deadlineMs: number;
}

/**
 * Builds the full list of a scope, signs it and stores it. Memory holds the list once, and one chunk of
 * it. Returns null if another build was first or rows left the list meanwhile.
 * @throws SignetError record-unavailable
 */
export async function buildList(
  dependencies: CrlDependencies,
  order: BuildOrder,
): Promise<RevocationList | null> {
  const { store, clock } = dependencies;
  const { signer, scope, snapshot } = order;
  const prepared = await prepareChunks(dependencies, scope, snapshot, order.deadlineMs);
  if (prepared === null) return null;
  const number = snapshot.lastNumber + 1;
  const times = listTimes(order, dependencies.crlLifetimeSeconds);
  const entriesLength = prepared.reduce((sum, { bytes }) => sum + bytes, 0);
  const { headDer, tailDer } = encodeCertListFrame(
    {
      ...listFields(dependencies, order.authority, signer, scope),
      ...times,
      crlNumber: number,
      freshestCrlUrl: dependencies.publicationUrl + deltaPath(scope),
    },
    entriesLength,
  );
  const tbsLength = headDer.length + entriesLength + tailDer.length;
  const buffer = new Uint8Array(HEADER_BYTES + tbsLength + SIGNED_BYTES);
  buffer.set(headDer, HEADER_BYTES);
  if (!(await fillEntries(store, prepared, buffer, HEADER_BYTES + headDer.length))) return null;
  const tbsEnd = HEADER_BYTES + tbsLength;
  buffer.set(tailDer, tbsEnd - tailDer.length);
  const signature = await signer.sign(buffer.subarray(HEADER_BYTES, tbsEnd));
  const signedDer = concatBytes(signer.signatureAlgorithmDer, encodeBitString(signature));

  const header = encodeElementHeader(TAG.sequence, tbsLength + signedDer.length);
  const start = HEADER_BYTES - header.length;
  buffer.set(header, start);
  buffer.set(signedDer, tbsEnd);
  const list = {
    number,
    revision: snapshot.revision,
    ...times,
    byteLength: header.length + tbsLength + signedDer.length,
    headDer: concatBytes(header, headDer),
    trailerDer: concatBytes(tailDer, signedDer),
  };
  const isCommitted = await store.commitList({
    scope,
    lastNumber: snapshot.lastNumber,
    removals: snapshot.removals,
    list,
    entries: prepared.reduce((sum, { entries }) => sum + entries, 0),
    isBase: order.asBase || needsBase(dependencies, order),
    chunks: prepared,
    newChunks: listNew(prepared),
    atMs: clock(),
  });
  if (!isCommitted) return null;
  if (list.byteLength > MAX_BYTES_KEPT) {
    // Slow clients would hold a list each.
    releaseBytes(buffer);
    const chunks = prepared.map((chunk) => ({ ...chunk, entriesDer: null }));
    return openStoredList(store, list, chunks);
  }
  dependencies.memory.keep(scope, prepared);
  return {
    ...list,
    tagHex: await tagList(list.headDer, list.trailerDer),
    async *read() {
      yield buffer.subarray(start, tbsEnd + signedDer.length);
    },
    release: () => releaseBytes(buffer),
  };
}

/** The fields that the lists and deltas of a scope share. */
export function listFields(
  { publicationUrl }: Pick<CrlDependencies, 'publicationUrl'>,
  authority: CrlAuthority,
  signer: CrlSigner,
  scope: ListScope,
): Pick<
  CertListFields,
  'signatureAlgorithmDer' | 'issuerDer' | 'authorityKeyIdentifier' | 'distributionPointUrl'
> {
  return {
    signatureAlgorithmDer: signer.signatureAlgorithmDer,
    issuerDer: authority.subjectDer,
    authorityKeyIdentifier: authority.subjectKeyIdentifier,
    distributionPointUrl: scope.crlPartition === COMPLETE ? null : publicationUrl + listPath(scope),
  };
}

function listTimes({ authority, nowSeconds }: BuildOrder, lifetimeSeconds: number): ListTimes {
  return {
    thisUpdateSeconds: nowSeconds,
    nextUpdateSeconds: Math.min(nowSeconds + lifetimeSeconds, authority.notAfterSeconds),
  };
}

/** A list renewed in time becomes a base. A list made for a revocation keeps the base. */
function needsBase(
  { crlLifetimeSeconds, renewBeforeSeconds }: CrlDependencies,
  { authority, scope, snapshot, nowSeconds }: BuildOrder,
): boolean {
  const { base, revision } = snapshot;
  if (base === null) return true;
  if (scope.crlPartition === COMPLETE && revision - base.revision > limitChanges(snapshot)) {
    return true;
  }
  const { nextUpdateSeconds } = base;
  const thisUpdateSeconds = nextUpdateSeconds - crlLifetimeSeconds;
  const times = { thisUpdateSeconds, nextUpdateSeconds };
  return isDue(times, renewBeforeSeconds, authority.notAfterSeconds, nowSeconds);
}

/** Writes the entries into `buffer`, chunk by chunk. Returns false if a chunk was deleted. */
async function fillEntries(
  store: CrlStore,
  prepared: readonly PreparedChunk[],
  buffer: Uint8Array,
  start: number,
): Promise<boolean> {
  const bodies = readBodies(store, prepared);
  let offset = start;
  for (const { id, bytes } of prepared) {
    const entriesDer = (await bodies.next()).value ?? null;
    if (entriesDer === null) return false;
    if (entriesDer.length !== bytes) throw new RangeError(`chunk ${id} has not ${bytes} bytes`);
    buffer.set(entriesDer, offset);
    offset += bytes;
  }
  return true;
}
