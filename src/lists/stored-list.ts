import { SignetError } from '../errors.ts';
import type { CrlStore, ReadableChunk, StoredDelta, StoredList } from './list-store.ts';
import { readBodies } from './read-bodies.ts';
import { type RevocationList, tagList } from './revocation-list.ts';

/** Opens a stored list, whose chunks are read when its pieces are. */
export async function openStoredList(
  store: CrlStore,
  list: StoredList,
  chunks: readonly ReadableChunk[],
): Promise<RevocationList> {
  const { number, revision, thisUpdateSeconds, nextUpdateSeconds, byteLength } = list;
  return {
    number,
    revision,
    thisUpdateSeconds,
    nextUpdateSeconds,
    byteLength,
    tagHex: await tagList(list.headDer, list.trailerDer),
    read: () => readPieces(store, list, chunks),
    release: () => {},
  };
}

export async function openStoredDelta(delta: StoredDelta): Promise<RevocationList> {
  const { crlDer, ...head } = delta;
  return {
    ...head,
    byteLength: crlDer.length,
    tagHex: await tagList(crlDer, new Uint8Array(0)),
    async *read() {
      yield crlDer;
    },
    release: () => {},
  };
}

async function* readPieces(
  store: CrlStore,
  { headDer, trailerDer }: StoredList,
  chunks: readonly ReadableChunk[],
): AsyncGenerator<Uint8Array> {
  yield headDer;
  const bodies = readBodies(store, chunks);
  for (const chunk of chunks) {
    const entriesDer = (await bodies.next()).value ?? null;
    if (entriesDer?.length !== chunk.bytes) {
      throw new SignetError(
        'record-unavailable',
        'The revocation list was replaced while it was read. Try again.',
      );
    }
    yield entriesDer;
  }
  yield trailerDer;
}

/** Returns the whole DER of a list that is known to be short. */
export async function readWholeList(list: RevocationList): Promise<Uint8Array<ArrayBuffer>> {
  const der = new Uint8Array(list.byteLength);
  let offset = 0;
  for await (const piece of list.read()) {
    der.set(piece, offset);
    offset += piece.length;
  }
  return der;
}
