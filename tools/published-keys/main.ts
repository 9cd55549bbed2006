import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listTrivialKeys } from './list-trivial-keys.ts';
import { scanDirectory } from './scan-directory.ts';
import { RFC_9500, SOURCES } from './sources.ts';

/**
 * Writes src/keys/published-keys.ts: the last 8 bytes of each public key whose private key is published
 * in a package or is trivial to guess. Downloads the packages of sources.ts with pip, npm and go, and
 * keeps nothing of them but these bytes.
 */

const OUTPUT = join(import.meta.dirname, '../../src/keys/published-keys.ts');

const directory = mkdtempSync(join(tmpdir(), 'published-keys-'));
try {
  const found = new Set<string>(listTrivialKeys());
  for (const key of RFC_9500) found.add(key);
  console.log(`${found.size} trivial keys, and those of RFC 9500`);
  for (const { kind, name } of SOURCES) {
    const before = found.size;
    for (const key of scanDirectory(download(kind, name))) found.add(key);
    console.log(`${found.size - before} more keys in ${kind} ${name}`);
  }
  writeFileSync(OUTPUT, render([...found].toSorted()));
  console.log(`${found.size} keys in ${OUTPUT}`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Returns the directory with the unpacked package. */
function download(kind: 'npm' | 'pypi' | 'go', name: string): string {
  const target = join(directory, name.replace(/[^a-z0-9.]/gi, '-'));
  mkdirSync(target);
  const options: ExecFileSyncOptions = { cwd: target, stdio: ['ignore', 'ignore', 'inherit'] };
  if (kind === 'npm') execFileSync('npm', ['pack', '--silent', name], options);
  else if (kind === 'go') copyFileSync(findGoZip(name), join(target, 'module.zip'));
  else execFileSync('pip', ['download', '--quiet', '--no-deps', '--dest', '.', name], options);
  for (const file of readdirSync(target)) {
    // Python unpacks wheels, which are zip files, and all kinds of tar files.
    const isZip = readFileSync(join(target, file)).subarray(0, 2).toString() === 'PK';
    const unpack = isZip ? ['-m', 'zipfile', '-e', file, 'x'] : ['-m', 'tarfile', '-e', file, 'x'];
    execFileSync('python3', unpack, options);
  }
  return target;
}

/** Downloads a module. Go reports the file even if the module needs a newer version of Go. */
function findGoZip(name: string): string {
  const { stdout } = spawnSync('go', ['mod', 'download', '-json', name], { encoding: 'utf8' });
  const answer: unknown = JSON.parse(stdout);
  if (typeof answer !== 'object' || answer === null || !('Zip' in answer)) throw new Error(stdout);
  return String(answer.Zip);
}

function render(keys: readonly string[]): string {
  const base64 = Buffer.from(keys.join(''), 'hex').toString('base64');
  const lines = [...base64.matchAll(/.{1,96}/g)].map(([line]) => `  '${line}',`);
  return [
    '/**',
    ' * The last 8 bytes of each public key whose private key is published in a package or trivial to guess,',
    ' * sorted. Written by tools/published-keys; tools/published-keys/sources.ts lists the packages.',
    ' */',
    'export const PUBLISHED_KEYS: readonly string[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}
