import { SignetError } from '../../errors.ts';
import type { Edge } from './edge.ts';
import {
  type EdgeEntry,
  type EdgeRequest,
  type EdgeResource,
  formatCacheControl,
} from './resource.ts';

/** A file that every client may download: a CA certificate, a chain, a list. */
export interface Publication {
  readonly tags: readonly [ownTag: string, ...string[]];
  build(): Promise<PublishedFile>;
}

/** A publication as it is at this moment. */
export interface PublishedFile extends Pick<EdgeEntry, 'content' | 'release'> {
  readonly contentType: string;
  /** Name for Content-Disposition, or null for none. */
  readonly fileName: string | null;
  /** Hex, of these very bytes: 32 characters at least. */
  readonly tagHex: string;
  readonly lastModifiedMs: number;
  /** From then on no cache may keep it; null for no such moment. */
  readonly expiresAtMs: number | null;
  /** Reads the record: whether the file would be another one now. Null if revocations do not change it. */
  readonly hasChanged: (() => Promise<boolean>) | null;
}

export interface PublicationServices {
  readonly edge: Edge;
  readonly config: { readonly edgeTtlSeconds: number };
  /** Unix ms. */
  readonly clock: () => number;
}

/** Answers a download from the edge cache, or builds it. */
export async function servePublication(
  services: PublicationServices,
  asked: EdgeRequest,
  publication: Publication,
): Promise<Response> {
  const { edge } = services;
  const { pathname, search } = asked.url;
  // No name here needs percent-encoding. Other spellings would make further entries, as many as a
  // client likes, and no revocation would purge them.
  if (pathname.includes('%')) {
    throw new SignetError('not-found', 'There is nothing at this address.');
  }
  // Workers Cache tells queries apart.
  if (search !== '' && edge.layer() === 'workers-cache') {
    return new Response(null, { status: 308, headers: { Location: pathname } });
  }
  return edge.serve(asked, toResource(services, pathname, publication));
}

function toResource(
  { config, clock }: PublicationServices,
  path: string,
  { tags, build }: Publication,
): EdgeResource {
  return {
    path,
    tags,
    ownTag: tags[0],
    async build() {
      const file = await build();
      const { content, release, expiresAtMs, hasChanged } = file;
      const leftSeconds =
        expiresAtMs === null ? config.edgeTtlSeconds : Math.floor((expiresAtMs - clock()) / 1000);
      const edgeSeconds = Math.max(0, Math.min(config.edgeTtlSeconds, leftSeconds));
      return {
        headers: encodeHeaders(file, edgeSeconds),
        content,
        release,
        edgeSeconds,
        hasChanged,
        checksBeforeAnswer: true,
      };
    },
  };
}

function encodeHeaders(file: PublishedFile, edgeSeconds: number): Headers {
  const headers = new Headers({
    'Content-Type': file.contentType,
    'Content-Length': String(file.content.byteLength),
    ETag: `"${file.tagHex.slice(0, 32)}"`,
    'Last-Modified': new Date(file.lastModifiedMs).toUTCString(),
    'Cache-Control': formatCacheControl(0, edgeSeconds),
  });
  if (file.fileName !== null) {
    headers.set('Content-Disposition', `attachment; filename=${file.fileName}`);
  }
  return headers;
}
