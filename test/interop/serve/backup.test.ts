import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { makeWorkDirectory } from '../work-directory.ts';

describe('signet backup and restore', () => {
  const directory = makeWorkDirectory();
  const stateDirectory = join(directory.path, 'state');
  const file = join(directory.path, 'backup.db');
  let server: RunningServe;
  let csr: string;

  beforeAll(async () => {
    csr = execFileSync(
      'openssl',
      [
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', '/dev/null', '-subj', '/CN=a.test', '-addext', 'subjectAltName=DNS:a.test'],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    server = await startServe({ stateDirectory });
  });

  afterAll(async () => {
    await server.stop();
    directory.remove();
  });

  function signet(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(
      join(PROJECT_DIR, 'dist', 'signet'),
      [...args, '--state', stateDirectory],
      {
        env: {
          PATH: process.env.PATH,
          HOST_NAMES: 'localhost,127.0.0.1',
          PUBLICATION_URL: server.url,
          ...server.secrets,
        },
        encoding: 'utf8',
      },
    );
    return { status, stdout, stderr };
  }

  async function call(path: string, body?: string) {
    const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
    const response = await fetch(`${server.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}`, Accept: 'application/json' },
    });
    return { status: response.status, body: await response.text() };
  }

  async function issue(): Promise<string> {
    const { status, body } = await call('/api/v1/certificates', csr);
    expect(status).toBe(201);
    return String(Reflect.get(JSON.parse(body), 'serial'));
  }

  const revoke = (serial: string) =>
    call(`/api/v1/certificates/${serial}/revoke`, '{"reason":"superseded"}');

  async function readCrl(): Promise<{ number: number; text: string }> {
    const list = await (await fetch(`${server.url}/crl/default.crl`)).arrayBuffer();
    const text = execFileSync(
      'openssl',
      ['crl', '-inform', 'der', '-noout', '-text', '-crlnumber'],
      {
        input: new Uint8Array(list),
        encoding: 'utf8',
      },
    );
    return { number: Number(/crlNumber=(0x[\dA-F]+)/i.exec(text)?.[1]), text: text.toLowerCase() };
  }

  const list = (sql: string) => server.query(sql).then((rows) => rows.map(({ v }) => String(v)));

  it('come back to the state of the backup, with the revocations since then', async () => {
    // Under load: everything that was answered before the backup began is in it.
    const answered: string[] = [];
    let isLoading = true;
    const load = Array.from({ length: 8 }, async () => {
      while (isLoading) answered.push(await issue());
    });
    while (answered.length < 50) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = [...answered];
    const beganMs = Date.now();
    expect(signet('backup', file)).toMatchObject({ status: 0 });
    isLoading = false;
    await Promise.all(load);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const [early = ''] = before;
    const late = await issue();
    expect((await revoke(early)).status).toBe(200);
    expect((await revoke(late)).status).toBe(200);
    const former = await readCrl();
    expect(former.text).toContain(early.replace(/^0+/, ''));
    const audit = directory.write(
      'audit.json',
      (await call('/api/v1/audit?limit=500&order=newest')).body,
    );

    expect(signet('restore', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Another Signet'),
    });
    await server.stop();
    const restored = signet('restore', file, '--audit', audit);
    expect(restored).toMatchObject({ status: 0 });
    expect(restored.stdout).toContain(late);
    server = await startServe({ stateDirectory, secrets: server.secrets });

    const serials = new Set(await list('SELECT serial AS v FROM certificates'));
    expect(before.filter((serial) => !serials.has(serial))).toEqual([]);
    expect(serials.has(late)).toBe(false);
    expect(await list('SELECT serial AS v FROM revocations')).toEqual([early]);
    const current = await readCrl();
    expect(current.text).toContain(early.replace(/^0+/, ''));
    expect(current.number).toBeGreaterThan(former.number + 1000);
    const [event] = JSON.parse((await call('/api/v1/audit?action=record.restore')).body).events;
    expect(event).toMatchObject({
      actor: 'signet-restore',
      account: 'root',
      action: 'record.restore',
      outcome: 'done',
      detail: {
        backupVersion: packageJson.version,
        crlNumbersRaisedBy: 1_000_000,
        revocationsRepeated: 1,
      },
    });
    const backupMadeAtMs = Date.parse(event.detail.backupMadeAt);
    expect(backupMadeAtMs).toBeGreaterThanOrEqual(beganMs);
    expect(Date.parse(event.at)).toBeGreaterThan(backupMadeAtMs);
    await server.runScheduled();
    const verified = await call('/api/v1/audit/verify');
    expect(JSON.parse(verified.body)).toMatchObject({ ok: true, complete: true });
    expect(signet('doctor')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /keeps the clock right.*The server runs\..*may open \d+ files.*later than the newest event/s,
      ),
    });
  });

  it.each([
    ['a directory that does not exist', '/no/such/backup.db', /^Cannot use \/no\/such: .*\n$/],
    ['a directory', '.', /^Cannot use .*: it is not a file\.\n$/],
  ])('refuse %s as the target in one line', (_, path, message) => {
    expect(signet('backup', path, '--force')).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });

  it('replace nothing without being told, and keep what they replace', async () => {
    expect(signet('backup', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--force'),
    });
    expect(signet('backup', file, '--force')).toMatchObject({ status: 0 });
    const kept = readdirSync(dirname(stateDirectory)).concat(readdirSync(stateDirectory));
    expect(kept.filter((name) => name.startsWith('record.before-'))).toHaveLength(1);
  });

  it.each([
    ['no file', 'There is no file'],
    ['no database', 'is damaged, or no backup'],
    ['a damaged one', 'is damaged, or no backup'],
  ])('refuse %s, and change nothing', async (name, message) => {
    await server.stop();
    const path = join(directory.path, name.replaceAll(' ', '-'));
    if (name === 'no database') writeFileSync(path, 'hello'.repeat(1000));
    if (name === 'a damaged one') {
      execFileSync('cp', [file, path]);
      execFileSync(
        'dd',
        ['if=/dev/urandom', `of=${path}`, 'bs=4096', 'seek=2', 'count=20', 'conv=notrunc'],
        { stdio: 'ignore' },
      );
    }
    const refused = signet('restore', path);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
    server = await startServe({ stateDirectory, secrets: server.secrets });
    expect((await call('/healthz')).status).toBe(200);
    expect(existsSync(file)).toBe(true);
  });

  it('refuse a backup that a newer version made, by its name', async () => {
    await server.stop();
    const path = join(directory.path, 'newer.db');
    copyFileSync(file, path);
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO d1_migrations (name) VALUES ('9998_a.sql'), ('9999_b.sql');
UPDATE signet_backup SET version = '99.1.0'`);
    database.close();
    const before = readdirSync(stateDirectory);
    expect(signet('restore', path)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `${path} was made by Signet 99.1.0, whose database is newer than that of this Signet, ${packageJson.version} (9999_b.sql). Install that version, and restore again. Nothing was changed.\n`,
    });
    expect(readdirSync(stateDirectory)).toEqual(before);
    server = await startServe({ stateDirectory, secrets: server.secrets });
  });

  it('refuse a backup of another CA', async () => {
    await server.stop();
    const other = join(directory.path, 'other');
    const { CA_KEY: _, ...rest } = server.secrets;
    const refused = spawnSync(
      join(PROJECT_DIR, 'dist', 'signet'),
      ['restore', file, '--state', other],
      {
        env: { PATH: process.env.PATH, ...rest },
        encoding: 'utf8',
      },
    );
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('does not fit the secrets'),
    });
    server = await startServe({ stateDirectory, secrets: server.secrets });
  });
});
