import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findWrangler } from '../../scripts/project.ts';

interface Esbuild {
  /** Throws if it fails. */
  buildSync(options: Readonly<Record<string, unknown>>): unknown;
}

/**
 * Bundles a target into one CommonJS file. The fuzzer instruments its branches and comparisons when
 * it loads the file.
 * @param directory where to write `{name}.js`
 */
export function bundleTarget(name: string, directory: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}');
  const entry = join(directory, `${name}.entry.ts`);
  const here = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const lines = [
    `import ${here('platform.ts')};`,
    `import { bounded } from ${here('bounded.ts')};`,
    `import { fuzz as target } from ${here(`targets/${name}.ts`)};`,
    'export const fuzz = bounded(target);',
  ];
  writeFileSync(entry, lines.join('\n'));
  const outfile = join(directory, `${name}.js`);
  // wrangler depends on esbuild.
  const esbuild: Esbuild = createRequire(findWrangler())('esbuild');
  esbuild.buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
  });
  return outfile;
}
