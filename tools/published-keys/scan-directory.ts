import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { identifyKeyPem } from './identify-key.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Go writes "TESTING KEY", so that scanners do not report its tests. */
const BLOCK =
  /-----BEGIN ((?:[A-Z]+ )*(?:PRIVATE|TESTING) KEY)-----[^-]{40,12000}-----END \1-----/g;

/** Returns the identifiers of all private keys in PEM in the files of a directory. */
export function scanDirectory(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > MAX_FILE_BYTES) return [];
    return scanText(readFileSync(path, 'latin1'));
  });
}

function scanText(text: string): string[] {
  if (!text.includes(' KEY-----')) return [];
  return [...text.matchAll(BLOCK)].flatMap(([block]) => {
    // In source code, lines may be joined strings.
    const plain = block.replaceAll('TESTING KEY', 'PRIVATE KEY').replace(/\\[nr]/g, '\n');
    const key =
      identifyKeyPem(plain) ?? identifyKeyPem(plain.replace(/^[\s"'`+;,\\]+|[\s"'`+;,\\]+$/gm, ''));
    return key === null ? [] : [key];
  });
}
