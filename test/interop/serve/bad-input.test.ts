import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../../scripts/free-port.ts';
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { findRecordFile } from '../../../scripts/serve/record-file.ts';
import { startServe } from '../../../tools/machine/run-serve.ts';
import { run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';

/** More than any start takes; a server that tries again for ever is killed after it. */
const TIMEOUT_MS = 30_000;
const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;

describe('signet serve refuses to start', () => {
  const work = makeWorkDirectory();
  /** A state directory that a server has used. */
  const used = join(work.path, 'used');
  let secrets: Readonly<Record<string, string>>;
  let addresses: Record<string, string>;

  beforeAll(async () => {
    // Another user must reach the state directories in it.
    chmodSync(work.path, 0o755);
    const server = await startServe({ stateDirectory: used });
    secrets = server.secrets;
    await server.stop();
    const [http, https] = [await findFreePort(), await findFreePort()];
    addresses = { HTTP_ADDRESS: `127.0.0.1:${http}`, HTTPS_ADDRESS: `127.0.0.1:${https}` };
  });
  afterAll(() => work.remove());

  let copies = 0;
  function copyState(): string {
    const state = join(work.path, `state-${++copies}`);
    run('cp', ['-a', used, state]);
    return state;
  }

  function serve(
    state: string,
    settings: Record<string, string> = {},
    uid?: number,
    options: readonly string[] = [],
  ): SpawnSyncReturns<string> {
    const args = ['serve', '--state', state, ...options];
    return spawnSync(join(PROJECT_DIR, 'dist', 'signet'), args, {
      env: {
        PATH: process.env.PATH,
        HOST_NAMES: 'localhost,127.0.0.1',
        ...addresses,
        ...secrets,
        ...settings,
      },
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...(uid !== undefined && { uid, gid: uid }),
    });
  }

  /** The last lines say what is wrong and what to do, without a stack, and no process is left. */
  function expectRefusal(
    { status, stdout, stderr }: SpawnSyncReturns<string>,
    state: string,
    message: RegExp,
  ): void {
    expect([status, stderr, stdout]).toEqual([1, expect.stringMatching(message), '']);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(run('ps', ['-A', '-o', 'args=']).stdout).not.toContain(`${state}/`);
  }

  describe.each([1, 3])('with %i processes', (processes) => {
    const PROCESSES = String(processes);

    it('a database that a newer version made', () => {
      const state = copyState();
      const database = new DatabaseSync(findRecordFile(join(state, 'record')) ?? '');
      database.exec("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')");
      database.close();
      const message = /^A newer version of Signet made this database \(9999_later\.sql\)\. Install/;
      expectRefusal(serve(state, { PROCESSES }), state, message);
    });

    it.each([
      ['header', 0],
      ['schema', 4096],
    ])('a database whose %s is damaged', (_, offset) => {
      const state = copyState();
      damage(findRecordFile(join(state, 'record')) ?? '', offset);
      const message =
        /^The (?:database .*|record) cannot be opened \(.*\)\. .* restore a backup\.\n$/;
      expectRefusal(serve(state, { PROCESSES }), state, message);
    });
  });

  it.each(['record', 'record/record'])('a record that is gone, with its directory %s', (name) => {
    const state = copyState();
    rmSync(join(state, name), { recursive: true });
    const message = /^The record is gone: .* signet restore FILE\. .*\n$/;
    expectRefusal(serve(state), state, message);
    expectRefusal(serve(state), state, message);
    const doctor = spawnSync(join(PROJECT_DIR, 'dist', 'signet'), ['doctor', '--state', state], {
      encoding: 'utf8',
    });
    expect([doctor.status, doctor.stdout]).toEqual([
      1,
      expect.stringMatching(/^FAIL The record is gone/m),
    ]);
  });

  it('a number of processes that is none', () => {
    const state = copyState();
    expectRefusal(
      serve(state, {}, undefined, ['--processes', 'many']),
      state,
      /^PROCESSES is "many"\. It must be a number from 1 to 64\.\n$/,
    );
  });

  it('a damaged database of workerd itself', () => {
    const state = copyState();
    damage(join(state, 'record', 'record', 'metadata.sqlite'), 0);
    expectRefusal(serve(state), state, /^The database .*metadata\.sqlite cannot be opened/);
  });

  it('a state directory that others can enter', () => {
    const state = copyState();
    chmodSync(state, 0o755);
    expectRefusal(serve(state), state, /^Other users can enter .* chmod 700 .*\n$/);
  });

  it('a state directory that is in use', async () => {
    const state = copyState();
    const server = await startServe({ stateDirectory: state, secrets });
    try {
      const refused = serve(state);
      expect(refused.status).toBe(1);
      expect(refused.stderr).toMatch(/^Another Signet uses this state directory .* Stop it first/);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it('a file where the state directory should be', () => {
    const state = work.write('file', '');
    expectRefusal(serve(state), state, /^Cannot use .*: .*\n$/);
  });

  it('a state directory that cannot be made', () => {
    expectRefusal(serve('/dev/null/state'), '/dev/null/state', /^Cannot use \/dev\/null\/state: /);
  });

  it('settings that are a directory', () => {
    const state = copyState();
    mkdirSync(join(state, 'signet.env'));
    expectRefusal(serve(state), state, /^Cannot use .*signet\.env: it is not a file\.\n$/);
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ HTTP_ADDRESS: '8080' }, /^HTTP_ADDRESS is "8080"\. It must be/],
    [{ HTTP_ADDRESS: 'no-such-host.invalid:8080' }, /^Cannot listen .* Set an IP address/],
    [{ HTTP_ADDRESS: '192.0.2.1:8080' }, /^Cannot listen .* does not have this address/],
    [{ PROCESSES: '0' }, /^PROCESSES is "0"\. It must be a number/],
    [{ CA_KEY: 'no key' }, /^CA_KEY is not the private key of a CA\. It contains no PEM/],
    [{ CA_VALIDITY_DAYS: '0' }, /^CA_VALIDITY_DAYS must/],
    [{ CA_SUBJECT: 'Example Root CA' }, /^CA_SUBJECT: .*\n$/],
    [{ CA_SUBJECT: 'CN=Example Root CA,C=DEU' }, /^CA_SUBJECT: .*\n$/],
    [{ LOG_FILE: '/dev/null/log' }, /^Cannot use \/dev\/null\/log: /],
    [{ TLS_CERT_FILE: '/no/file', TLS_KEY_FILE: '/no/file' }, /^TLS_CERT_FILE or TLS_KEY_FILE/],
  ])('%o', (settings, message) => {
    const state = copyState();
    expectRefusal(serve(state, settings), state, message);
  });

  it('a key and a certificate that do not belong together', () => {
    const state = copyState();
    const make = (name: string) => {
      const [key, certificate] = [join(work.path, `${name}.key`), join(work.path, `${name}.crt`)];
      run('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-subj', '/CN=localhost', '-keyout', key, '-out', certificate],
      ]);
      return { key, certificate };
    };
    const settings = {
      TLS_CERT_FILE: make('first').certificate,
      TLS_KEY_FILE: make('second').key,
    };
    expectRefusal(serve(state, settings), state, /^The key in .* does not belong to/);
  });

  it('a first start with the certificate of another CA, and logs why', () => {
    const state = join(work.path, 'mismatch');
    const certificate = join(work.path, 'other-ca.crt');
    run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=Other', '-keyout', '/dev/null', '-out', certificate],
    ]);
    const refused = serve(state, { CA_CERT: readFileSync(certificate, 'utf8') });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^Signet refused a certificate .* configuration is wrong.*\n$/);
    expect(refused.stdout).toMatch(/CA_CERT: /);
  });

  it('a port that another program uses', async () => {
    const state = copyState();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const refused = serve(state, { HTTPS_ADDRESS: `127.0.0.1:${port}` });
    other.close();
    expectRefusal(refused, state, /^Cannot listen .* Another program uses it/);
  });

  describe.skipIf(!isRoot)(
    isRoot ? 'as another user' : 'as another user (skipped: not root)',
    () => {
      function give(state: string, uid: number): void {
        for (const path of run('find', [state]).stdout.trim().split('\n'))
          chownSync(path, uid, uid);
      }

      it('a state directory of someone else', () => {
        const state = copyState();
        give(state, OTHER_USER);
        expectRefusal(serve(state), state, /^.* belongs to another user\. Run Signet as that user/);
      });

      it('a state directory that cannot be written', () => {
        const state = join(work.path, 'unwritable');
        mkdirSync(state, { mode: 0o500 });
        chownSync(state, OTHER_USER, OTHER_USER);
        const refused = serve(state, {}, OTHER_USER);
        expectRefusal(refused, state, /^Cannot use .*: you have no permission\.\n$/);
      });

      it('files in the state directory of someone else', () => {
        const state = copyState();
        give(state, OTHER_USER);
        chownSync(join(state, 'lock'), 0, 0);
        const refused = serve(state, {}, OTHER_USER);
        expectRefusal(refused, state, /lock cannot serve as the lock .* owner/);
      });

      it('a record of someone else', () => {
        const state = copyState();
        give(state, OTHER_USER);
        chownSync(findRecordFile(join(state, 'record')) ?? '', 0, 0);
        const refused = serve(state, {}, OTHER_USER);
        expectRefusal(refused, state, /^Cannot use .*\.sqlite: you have no permission\.\n$/);
      });

      it('a port below 1024 without the privilege', () => {
        const state = copyState();
        give(state, OTHER_USER);
        const refused = serve(state, { HTTP_ADDRESS: '127.0.0.1:80' }, OTHER_USER);
        expectRefusal(refused, state, /^Cannot listen .* Ports below 1024 need a privilege/);
      });
    },
  );
});

/** Overwrites 256 bytes, and removes the log that would repair them. */
function damage(path: string, offset: number): void {
  const bytes = Buffer.alloc(256, 0xa5);
  run('dd', [`of=${path}`, 'bs=1', `seek=${offset}`, 'conv=notrunc', 'status=none'], {
    input: bytes,
  });
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}
