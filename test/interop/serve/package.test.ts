import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { startServe } from '../../../tools/machine/run-serve.ts';
import { requireTool, run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const npm = requireTool('npm');
const TIMEOUT_MS = 60_000;

describe.skipIf(npm.missing)(npm.title('the npm package'), () => {
  const work = makeWorkDirectory();
  afterAll(() => work.remove());

  /** Packs dist/ and installs it elsewhere, as a user does. npm takes what it can from its cache. */
  function install(): { readonly files: readonly string[]; readonly program: string } {
    const options = { cwd: work.path, timeoutMs: TIMEOUT_MS };
    const packed: unknown = JSON.parse(
      run('npm', ['pack', '--json', join(PROJECT_DIR, 'dist')], options).stdout,
    );
    const [first]: unknown[] = Object.values(Object(packed));
    const { filename, files }: { filename: string; files: { path: string }[] } = Object(first);
    const prefix = join(work.path, 'installed');
    const flags = ['--global', '--prefer-offline', '--ignore-scripts', '--prefix', prefix];
    run('npm', ['install', ...flags, filename], options);
    return { files: files.map(({ path }) => path), program: join(prefix, 'bin', 'signet') };
  }

  it(
    'holds only what signet serve needs, installs without scripts, and issues a certificate',
    async () => {
      const { files, program } = install();
      expect(files.filter((path) => !path.startsWith('public/')).sort()).toEqual([
        ...['LICENSE', 'assets.json', 'migrations.json', 'package.json'],
        ...['signet', 'signet.js', 'signet.js.licenses.md', 'signet.service'],
        ...['worker.js', 'worker.js.licenses.md'],
      ]);
      expect(run(program, ['--version']).stdout).toBe(`${packageJson.version}\n`);

      const server = await startServe({ program });
      try {
        const { ROOT_ACCESS_KEY_ID, ROOT_ACCESS_KEY_SECRET } = server.secrets;
        const csr = run('openssl', [
          ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
          ...['-nodes', '-subj', '/CN=a.internal', '-keyout', join(work.path, 'a.key')],
        ]).stdout;
        const issued = await fetch(`${server.url}/api/v1/certificates`, {
          method: 'POST',
          headers: {
            Authorization: `Basic ${btoa(`${ROOT_ACCESS_KEY_ID}:${ROOT_ACCESS_KEY_SECRET}`)}`,
          },
          body: csr,
        });
        expect(issued.status).toBe(201);
        const root = await fetch(`${server.url}/ca/default.pem`);
        const certificate = work.write('a.pem', await issued.text());
        const trusted = work.write('root.pem', await root.text());
        expect(run('openssl', ['verify', '-CAfile', trusted, certificate]).stdout).toContain('OK');
      } finally {
        await server.stop();
      }
    },
    TIMEOUT_MS,
  );
});
