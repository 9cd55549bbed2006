import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { writeIfChanged } from '../write-if-changed.ts';

const SOURCE = join(PROJECT_DIR, 'src', 'console');
const TARGET = join(PROJECT_DIR, 'public', 'console');

export interface ConsoleFile {
  /** Its path below /console/. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Bundles the console in memory. Names of files in assets/ hold a hash of their content. */
export async function bundleConsole(): Promise<readonly ConsoleFile[]> {
  const built = await build({
    root: SOURCE,
    base: './',
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      write: false,
      target: 'es2024',
      modulePreload: { polyfill: false },
      license: { fileName: 'licenses.md' },
      // The Content-Security-Policy permits no data: URL but images.
      assetsInlineLimit: 0,
    },
  });
  if (!('output' in built)) throw new Error('Vite returned more than one bundle.');
  return built.output.map((file) => ({
    name: file.fileName,
    content: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }));
}

/** Writes the console into public/console/ and deletes files of former builds. */
export async function buildConsole(): Promise<void> {
  const files = await bundleConsole();
  // The page comes last: it names the others.
  const ordered = [...files].sort(
    (a, b) => Number(a.name === 'index.html') - Number(b.name === 'index.html'),
  );
  for (const { name, content } of ordered) writeIfChanged(join(TARGET, name), Buffer.from(content));
  const names = new Set(files.map(({ name }) => name));
  for (const name of globSync('**/*.*', { cwd: TARGET })) {
    if (!names.has(name.replaceAll('\\', '/'))) rmSync(join(TARGET, name), { force: true });
  }
}
