import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { findRecordFile } from '../../../scripts/serve/record-file.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const MAX_TRIES = 50;
const PROGRAM = join(PROJECT_DIR, 'dist', 'signet');

const work = makeWorkDirectory();
const disk = join(work.path, 'disk');
mkdirSync(disk);
const canMount =
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'none', disk]).status === 0;

afterAll(() => {
  if (canMount) run('umount', [disk]);
  work.remove();
});

const title = canMount ? 'a full disk' : 'a full disk (skipped: this user cannot mount one)';
describe.skipIf(!canMount)(title, () => {
  it.each([1, 2])(
    'stops issuing with 503 until there is space, with %i processes',
    async (processes) => {
      const stateDirectory = join(disk, `state-${processes}`);
      const server = await startServe({ stateDirectory, processes });
      const issued: string[] = [];
      try {
        const csr = makeCsr();
        const issue = async () => {
          const { status, body } = await issueFor(server, csr);
          if (status === 201) issued.push(String(Reflect.get(JSON.parse(body), 'serial')));
          return { status, body };
        };
        const download = async (path: string) => (await fetch(`${server.url}${path}`)).status;
        expect((await issue()).status).toBe(201);
        expect(await download('/crl/default.crl')).toBe(200);

        const filler = join(disk, 'filler');
        spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
        // Space that the files have already is used first.
        let refused = await issue();
        for (let i = 0; i < MAX_TRIES && refused.status === 201; i++) refused = await issue();
        expect(refused.status).toBe(503);
        expect(JSON.parse(refused.body)).toMatchObject({ code: 'record-unavailable' });
        expect(await download('/crl/default.crl')).toBe(200);
        expect(await download('/ca/default.crt')).toBe(200);

        rmSync(filler);
        expect((await issue()).status).toBe(201);
        const login = { Authorization: authorize(server) };
        const verified = await fetch(`${server.url}/api/v1/audit/verify`, { headers: login });
        expect(await verified.json()).toMatchObject({ ok: true, complete: true });
      } finally {
        await server.stop();
      }
      const database = new DatabaseSync(findRecordFile(join(stateDirectory, 'record')) ?? '');
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      const rows = database
        .prepare("SELECT serial FROM certificates WHERE profile <> 'tls-server'")
        .all();
      database.close();
      expect(rows.map(({ serial }) => serial).sort()).toEqual([...issued].sort());
    },
  );

  it('refuses to start without space, and starts once there is some', async () => {
    const stateDirectory = join(disk, 'state-full');
    const filler = join(disk, 'filler');
    const start = () =>
      run('sh', ['-c', `"$0" serve --state "$1" 2>&1; echo "exit $?"`, PROGRAM, stateDirectory]);
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
    expect(start().stdout).toMatch(/^[^\n]*the disk is full[^\n]*\nexit 1\n$/i);
    // Enough for the secrets, but not for the record.
    truncateSync(filler, statSync(filler).size - 65_536);
    // SQLite's own words may be in a line of workerd above the last one.
    expect(start().stdout).toMatch(/disk is full[\s\S]*\nexit 1\n$/i);
    rmSync(filler);
    const server = await startServe({ stateDirectory });
    await server.stop();
    expect(readFileSync(join(stateDirectory, 'secrets.env'), 'utf8')).toContain('CA_KEY=');
  });
});

function authorize({ secrets }: RunningServe): string {
  return `Basic ${btoa(`${secrets.ROOT_ACCESS_KEY_ID}:${secrets.ROOT_ACCESS_KEY_SECRET}`)}`;
}

async function issueFor(server: RunningServe, csr: string) {
  const response = await fetch(`${server.url}/api/v1/certificates`, {
    method: 'POST',
    headers: { Authorization: authorize(server), Accept: 'application/json' },
    body: csr,
  });
  return { status: response.status, body: await response.text() };
}

function makeCsr(): string {
  return run('openssl', [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', '/dev/null', '-subj', '/CN=a.test', '-addext', 'subjectAltName=DNS:a.test'],
  ]).stdout;
}
