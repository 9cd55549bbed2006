import { SignetError } from '../errors.ts';
import type { CrlStore, StoredChunk, StoredDelta, StoredList } from './list-store.ts';
import { type RevocationList, tagList } from './revocation-list.ts';

/** Opens a stored list. It is read chunk by chunk, the next one ahead. */
export async function openStoredList(
  store: CrlStore,
  list: StoredList,
  chunks: readonly StoredChunk[],
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
  chunks: readonly StoredChunk[],
): AsyncGenerator<Uint8Array> {
  yield headDer;
  let ahead = readBody(store, chunks[0]);
  for (const [i, chunk] of chunks.entries()) {
    const body = await ahead;
    const entriesDer = body === null ? null : Uint8Array.fromBase64(body);
    if (entriesDer?.length !== chunk.bytes) {
      throw new SignetError(
        'record-unavailable',
        'The revocation list was replaced while it was read. Try again.',
      );
    }
    ahead = readBody(store, chunks[i + 1]);
    yield entriesDer;
  }
  yield trailerDer;
}

function readBody(store: CrlStore, chunk: StoredChunk | undefined): Promise<string | null> {
  if (chunk === undefined) return Promise.resolve(null);
  if (chunk.body !== null) return Promise.resolve(chunk.body);
  const body = store.readChunk(chunk.id);
  // Awaiters still see the error; this only avoids an unhandled rejection.
  body.catch(() => {});
  return body;
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
