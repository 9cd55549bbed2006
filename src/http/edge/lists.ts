import { encodePemPieces, pemLength } from '../../asn1/pem-pieces.ts';
import type { Authority } from '../../authorities/authority.ts';
import { encodeUtf8, releaseBytes, sha256Hex } from '../../bytes.ts';
import { COMPLETE, type ListScope } from '../../lists/list-store.ts';
import type { RevocationList } from '../../lists/revocation-list.ts';
import type { Form } from './ca-certificates.ts';
import type { Publication, PublishedFile } from './publication.ts';
import { listsTag, scopeTag } from './tags.ts';

interface ListServices {
  /** Unix ms. */
  readonly clock: () => number;
  openAuthority(id: string): Promise<Authority>;
  openCurrentAuthority(id: string): Promise<Authority>;
  listGenerations(id: string): Promise<readonly string[]>;
  currentCrl(authorityId: string, crlPartition?: number): Promise<RevocationList>;
  currentDelta(authorityId: string, crlPartition: number): Promise<RevocationList>;
  findScopeRevision(authorityId: string, crlPartition?: number): Promise<number | null>;
}

const LABEL = 'X509 CRL';
/** Longer ones are streamed. */
const MAX_BYTES_IN_MEMORY = 1_500_000;

/** The full list of a scope, or its delta list. */
export function crlPublication(
  services: ListServices,
  scope: ListScope,
  kind: 'full' | 'delta',
  form: Form,
): Publication {
  const { authorityId, crlPartition } = scope;
  return {
    tags: [scopeTag(scope), listsTag(authorityId)],
    async build() {
      const list = await (kind === 'delta'
        ? services.currentDelta(authorityId, crlPartition)
        : services.currentCrl(authorityId, crlPartition));
      // It may be called a second later, and must not hold the list until then.
      const { revision } = list;
      return publish([list], form, () => hasScopeChanged(services, scope, revision));
    },
  };
}

/**
 * The complete lists of all generations of an authority whose certificates have not expired, as PEM,
 * the current generation's first. Each is complete for its own certificates.
 */
export function allCrlsPublication(
  services: ListServices,
  lineageId: string,
  form: Omit<Form, 'encoding'>,
): Publication {
  async function listIds(): Promise<readonly string[]> {
    const current = await services.openCurrentAuthority(lineageId);
    const ids = await services.listGenerations(lineageId);
    const older: string[] = [];
    for (const id of ids.toReversed()) {
      if (id === current.generationId) continue;
      const generation = await services.openAuthority(id);
      if (generation.notAfterSeconds * 1000 > services.clock()) older.push(id);
    }
    return [current.generationId, ...older];
  }

  return {
    tags: [scopeTag({ authorityId: lineageId, crlPartition: COMPLETE }), listsTag(lineageId)],
    async build() {
      const ids = await listIds();
      const lists: RevocationList[] = [];
      for (const id of ids) lists.push(await services.currentCrl(id));
      const revisions = lists.map(({ revision }) => revision);
      async function hasChanged(): Promise<boolean> {
        if ((await listIds()).join(' ') !== ids.join(' ')) return true;
        for (const [i, authorityId] of ids.entries()) {
          const scope = { authorityId, crlPartition: COMPLETE };
          if (await hasScopeChanged(services, scope, revisions[i] ?? 0)) return true;
        }
        return false;
      }
      return publish(lists, { ...form, encoding: 'pem' }, hasChanged);
    },
  };
}

/** Whether the scope has changed since this revision. Changes of other partitions do not matter. */
async function hasScopeChanged(
  { findScopeRevision }: Pick<ListServices, 'findScopeRevision'>,
  { authorityId, crlPartition }: ListScope,
  revision: number,
): Promise<boolean> {
  return ((await findScopeRevision(authorityId, crlPartition)) ?? 0) > revision;
}

async function publish(
  lists: readonly RevocationList[],
  form: Form,
  hasChanged: () => Promise<boolean>,
): Promise<PublishedFile> {
  const names = lists.map(({ tagHex }) => tagHex).join(' ');
  return {
    contentType: form.contentType,
    fileName: form.fileName,
    ...(await openLists(lists, form.encoding)),
    tagHex: await sha256Hex(encodeUtf8(`${form.encoding} ${names}`)),
    lastModifiedMs: Math.max(...lists.map((list) => list.thisUpdateSeconds)) * 1000,
    expiresAtMs: Math.min(...lists.map((list) => list.nextUpdateSeconds)) * 1000,
    hasChanged,
  };
}

/** The lists one after another, in memory unless they are long. */
async function openLists(
  lists: readonly RevocationList[],
  encoding: Form['encoding'],
): Promise<Pick<PublishedFile, 'content' | 'release'>> {
  const lengthOf = ({ byteLength }: RevocationList) =>
    encoding === 'der' ? byteLength : pemLength(LABEL, byteLength);
  const byteLength = lists.reduce((sum, list) => sum + lengthOf(list), 0);
  async function* read() {
    for (const list of lists) {
      yield* encoding === 'der' ? list.read() : encodePemPieces(LABEL, list.read());
    }
  }
  if (byteLength > MAX_BYTES_IN_MEMORY) return { content: { byteLength, read }, release: null };
  function releaseLists() {
    for (const list of lists) list.release();
  }
  const content = new Uint8Array(byteLength);
  let offset = 0;
  for await (const piece of read()) {
    if (piece.length === byteLength) return { content: piece, release: releaseLists };
    content.set(piece, offset);
    offset += piece.length;
  }
  releaseLists();
  return { content, release: () => releaseBytes(content) };
}
