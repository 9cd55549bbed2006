import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { findRecordFile } from '../../../scripts/serve/record-file.ts';
import { startServe } from '../../../tools/machine/run-serve.ts';
import { run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';

const OTHER_USER = 65_534;
const isRoot = process.getuid?.() === 0;

describe('the commands of signet', () => {
  const work = makeWorkDirectory();
  const used = join(work.path, 'used');
  let secrets: Readonly<Record<string, string>>;
  let logs: readonly string[];

  beforeAll(async () => {
    chmodSync(work.path, 0o755);
    const server = await startServe({
      stateDirectory: used,
      vars: { PUBLICATION_URL: 'http://localhost:8080' },
    });
    secrets = server.secrets;
    await server.stop();
    logs = server.logs;
  });
  afterAll(() => work.remove());

  let copies = 0;
  function copyState(): string {
    const state = join(work.path, `state-${++copies}`);
    run('cp', ['-a', used, state]);
    return state;
  }

  function signet(
    args: readonly string[],
    uid?: number,
    given = secrets,
  ): SpawnSyncReturns<string> {
    return spawnSync(join(PROJECT_DIR, 'dist', 'signet'), args, {
      env: { PATH: process.env.PATH, HOST_NAMES: 'localhost,127.0.0.1', ...given },
      encoding: 'utf8',
      // If a command serves although it should be refused, it never ends by itself.
      timeout: 60_000,
      killSignal: 'SIGKILL',
      ...(uid !== undefined && { uid, gid: uid }),
    });
  }

  it('serve does not take the address of its own requests for that of the server', () => {
    expect(logs.join('\n')).toContain('"message":"ready"');
    expect(logs.join('\n')).not.toContain('This server answers at');
  });

  it.each([
    [['serve', '--workers', '3'], /^Unknown option '--workers'\n\nUsage:/],
    [['backup'], /^signet backup needs one file\.\n\nUsage:/],
    [['doctor', 'file'], /^signet doctor takes no file\.\n\nUsage:/],
    [['server'], /^This is no command: server\n\nUsage:/],
  ])('%j is refused with the usage', (args, message) => {
    const { status, stdout, stderr } = signet(args);
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
  });

  it('doctor prints only its own lines if the server does not run', () => {
    const { status, stdout, stderr } = signet(['doctor', '--state', copyState()]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('The audit record is complete and unchanged.');
    expect(stdout).toMatch(/^(?:(?:ok {3}|warn | {5})\S.*\n)+$/);
  });

  it('restore shows why a backup does not fit the secrets', () => {
    const file = join(work.path, 'fit.db');
    expect(signet(['backup', file, '--state', used]).status).toBe(0);
    const state = join(work.path, 'others');
    const { CA_KEY: _, ...others } = secrets;
    const { status, stderr } = signet(['restore', file, '--state', state], undefined, {
      ...others,
      CA_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/"level":"error".*CA_KEY.*\nThe backup does not fit the secrets/);
  });

  it('a damaged database is one line for doctor and backup', () => {
    const state = copyState();
    const path = findRecordFile(join(state, 'record')) ?? '';
    run('dd', [`of=${path}`, 'bs=1', 'conv=notrunc', 'status=none'], {
      input: Buffer.alloc(256, 0xa5),
    });
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    const doctor = signet(['doctor', '--state', state]);
    expect([doctor.status, doctor.stdout]).toEqual([
      1,
      expect.stringMatching(/^FAIL The database cannot be opened: .*\.\n {5}Keep a copy/m),
    ]);
    const backup = signet(['backup', join(work.path, 'backup.db'), '--state', state]);
    expect([backup.status, backup.stdout, backup.stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^The record cannot be copied .*signet doctor.*\n$/),
    ]);
  });

  describe.skipIf(!isRoot)(
    isRoot ? 'as another user' : 'as another user (skipped: not root)',
    () => {
      function copyStateFor(uid: number): string {
        const state = copyState();
        for (const path of run('find', [state]).stdout.trim().split('\n'))
          chownSync(path, uid, uid);
        return state;
      }

      it('doctor leaves no file of root in the state directory', () => {
        const state = copyStateFor(OTHER_USER);
        const { status, stderr } = signet(['doctor', '--state', state]);
        expect(run('find', [state, '!', '-uid', String(OTHER_USER)]).stdout).toBe('');
        expect([status, stderr]).toEqual([1, expect.stringMatching(/belongs to another user/)]);
      });

      it.each(['doctor', 'backup'])('%s says that it may not read the state directory', (name) => {
        const args = name === 'backup' ? [name, join(work.path, 'no.db')] : [name];
        const { status, stdout, stderr } = signet([...args, '--state', copyState()], OTHER_USER);
        expect([status, stdout, stderr]).toEqual([
          1,
          '',
          expect.stringMatching(/^Cannot use .*: you have no permission\.\n$/),
        ]);
      });

      it('doctor names a lock that it may not open', () => {
        const state = copyStateFor(OTHER_USER);
        chownSync(join(state, 'lock'), 0, 0);
        const { status, stdout } = signet(['doctor', '--state', state], OTHER_USER);
        expect([status, stdout]).toEqual([
          1,
          expect.stringMatching(/^FAIL .*lock cannot serve as the lock/m),
        ]);
      });
    },
  );
});
