import { answerConditionally } from '../http/edge/conditional.ts';

/** One file that is served as it is: what the build knows about it. */
export interface Asset {
  /** Path of the file below the directory of the assets. */
  readonly file: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Files and redirections by path, as scripts/build.ts writes them. */
export interface AssetManifest {
  readonly files: Readonly<Record<string, Asset>>;
  readonly redirects: Readonly<Record<string, string>>;
}

/** What answers requests for files: a disk service of workerd. */
interface FileService {
  fetch(url: string): Promise<Response>;
}

/** Answers GET and HEAD for a file; null if there is none at this path. */
export async function answerAsset(
  request: Request,
  { files, redirects }: AssetManifest,
  service: FileService,
): Promise<Response | null> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return null;
  const start = request.url.indexOf('/', request.url.indexOf('//') + 2);
  const path = request.url.slice(start).split('?', 1)[0] ?? '';
  const target = Object.hasOwn(redirects, path) ? redirects[path] : undefined;
  if (target !== undefined) {
    return new Response(null, { status: 307, headers: { Location: target } });
  }
  const asset = Object.hasOwn(files, path) ? files[path] : undefined;
  if (asset === undefined) return null;
  const stored = await service.fetch(`http://assets/${asset.file}`);
  if (!stored.ok) throw new Error(`The file ${asset.file} is missing in the installation.`);
  return answerConditionally(request, new Headers(asset.headers), () => stored.body, stored);
}
