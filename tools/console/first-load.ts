import { gzipSync } from 'node:zlib';
import type { ConsoleFile } from './build-console.ts';

const KIB = 1024;

/** Holds for the page, its scripts and its styles together, with gzip. */
export const MAX_FIRST_LOAD_KIB = 120;

/**
 * Returns the size with gzip, in KiB, of the files that a browser loads before it shows the sign-in form:
 * the page and the files that it names.
 * @throws Error if the page names no script or no file of the bundle
 */
export function measureFirstLoad(files: readonly ConsoleFile[]): number {
  const read = (name: string): Uint8Array => {
    const file = files.find((each) => each.name === name);
    if (file === undefined) throw new Error(`The console has no file ${name}.`);
    return file.content;
  };
  const page = read('index.html');
  const html = new TextDecoder().decode(page);
  const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name = '']) => name);
  if (!named.some((name) => name.endsWith('.js'))) throw new Error('The page names no script.');
  const sizes = [page, ...named.map(read)].map((content) => gzipSync(content).length);
  return sizes.reduce((sum, size) => sum + size, 0) / KIB;
}
