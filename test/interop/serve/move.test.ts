import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findWrangler, PROJECT_DIR } from '../../../scripts/project.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const TABLES = ['accounts', 'access_keys', 'authorities', 'certificates', 'certificate_terms'];
const MORE_TABLES = ['revocations', 'audit_events', 'audit_checkpoints', 'inventory', 'policies'];

const WRANGLER_TOML = `name = "signet"
compatibility_date = "2026-08-03"
[[d1_databases]]
binding = "DB"
database_name = "signet"
database_id = "00000000-0000-0000-0000-000000000000"
`;

describe('a record', () => {
  const directory = makeWorkDirectory();
  const at = (name: string) => join(directory.path, name);
  let server: RunningServe;

  beforeAll(async () => {
    // wrangler keeps the local D1 beside this file.
    directory.write('wrangler.toml', WRANGLER_TOML);
    server = await startServe({ stateDirectory: at('first') });
  });
  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  function signet(state: string, ...args: string[]) {
    const environment = { PATH: process.env.PATH, ...server.secrets };
    return spawnSync(join(PROJECT_DIR, 'dist', 'signet'), [...args, '--state', at(state)], {
      env: environment,
      encoding: 'utf8',
    });
  }

  function wrangler(...args: string[]): void {
    execFileSync(process.execPath, [findWrangler(), 'd1', ...args, '--local'], {
      cwd: directory.path,
      env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' },
      stdio: 'pipe',
    });
  }

  async function call(path: string, body?: string) {
    const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
    const response = await fetch(`${server.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}`, Accept: 'application/json' },
    });
    return { status: response.status, json: JSON.parse(await response.text()) };
  }

  async function readTables() {
    const names = [...TABLES, ...MORE_TABLES];
    // Where new CRL partitions begin changes with each move.
    const rows = names.map(async (name) =>
      (await server.query(`SELECT * FROM ${name}`)).map(({ reserved_slots: _, ...row }) => row),
    );
    return Object.fromEntries((await Promise.all(rows)).map((each, i) => [names[i], each]));
  }

  it('moves from a machine to D1 and back, unchanged', async () => {
    const csr = execFileSync(
      'openssl',
      [
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...[
          '-keyout',
          '/dev/null',
          '-utf8',
          '-subj',
          "/CN=a.test/O=d'Été",
          '-addext',
          'subjectAltName=DNS:a.test',
        ],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' },
    );
    const serials: string[] = [];
    for (let i = 0; i < 20; i++)
      serials.push((await call('/api/v1/certificates', csr)).json.serial);
    const [revoked = ''] = serials;
    await call(`/api/v1/certificates/${revoked}/revoke`, '{"reason":"superseded"}');
    await fetch(`${server.url}/crl/default.crl`);
    await call(
      '/api/v1/policies',
      '{"name":"p","rules":{"dnsNames":[{"name":"a.test","match":"exact"}]}}',
    );
    await server.runScheduled();
    const before = await readTables();
    await server.stop();

    const out = signet('first', 'backup', '--sql', at('out.sql'));
    expect([out.status, out.stderr]).toEqual([0, '']);
    wrangler('execute', 'signet', '--yes', '--file', at('out.sql'));
    wrangler('export', 'signet', '--output', at('back.sql'));
    const back = signet('second', 'restore', '--sql', at('back.sql'));
    expect([back.status, back.stderr]).toEqual([0, '']);

    server = await startServe({ stateDirectory: at('second'), secrets: server.secrets });
    const after = await readTables();
    // A server issues a certificate to itself if it has none.
    const isOld = (row: Record<string, unknown>) =>
      JSON.stringify(before).includes(JSON.stringify(row));
    for (const [name, rows] of Object.entries(before)) {
      expect([name, after[name]?.filter(isOld)]).toEqual([name, rows]);
    }
    await server.runScheduled();
    expect((await call('/api/v1/audit/verify')).json).toMatchObject({ ok: true, complete: true });
    const list = await (await fetch(`${server.url}/crl/default.crl`)).arrayBuffer();
    const text = execFileSync('openssl', ['crl', '-inform', 'der', '-noout', '-text'], {
      input: new Uint8Array(list),
      encoding: 'utf8',
    });
    expect(text.toLowerCase()).toContain(revoked.replace(/^0+/, ''));
    expect((await call(`/api/v1/certificates/${serials[5]}`)).status).toBe(200);
  });

  it('does not come from SQL that is none', () => {
    directory.write('bad.sql', 'CREATE TABLE x(');
    const refused = signet('third', 'restore', '--sql', at('bad.sql'));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('cannot be read as SQL');
  });
});
