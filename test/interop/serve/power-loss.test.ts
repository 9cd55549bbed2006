import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRecordFile } from '../../../scripts/serve/record-file.ts';
import { type RunningServe, startServe } from '../../../tools/machine/run-serve.ts';
import { requireTool, run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { findProcess } from './list-processes.ts';

/** A whole run takes 50: POWER_LOSS_COPIES=50. */
const COPIES = Number(process.env.POWER_LOSS_COPIES ?? 5);
const CLIENTS = 6;
const MAX_PAUSE_MS = 400;

const openssl = requireTool('openssl', ['version']);

describe.skipIf(openssl.missing)(openssl.title('a machine that loses power'), () => {
  const work = makeWorkDirectory();
  let server: RunningServe;
  let csr: string;

  beforeAll(async () => {
    csr = run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', '/dev/null', '-subj', '/CN=a.test', '-addext', 'subjectAltName=DNS:a.test'],
    ]).stdout;
    server = await startServe({ processes: 2 });
  });
  afterAll(async () => {
    await server.stop();
    work.remove();
  });

  async function issue(): Promise<string> {
    const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
    const response = await fetch(`${server.url}/api/v1/certificates`, {
      method: 'POST',
      body: csr,
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}`, Accept: 'application/json' },
    });
    const text = await response.text();
    expect([response.status, text]).toEqual([201, expect.any(String)]);
    const { serial }: { serial: string } = JSON.parse(text);
    return serial;
  }

  /** Copies the files as they are at one moment, without the shared memory, which a machine loses. */
  function copyRecord(pid: number, directory: string): void {
    const path = findRecordFile(join(server.stateDirectory, 'record')) ?? '';
    mkdirSync(directory);
    process.kill(pid, 'SIGSTOP');
    try {
      while (!/^T/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)]).stdout.toString()));
      for (const suffix of ['', '-wal']) {
        if (existsSync(`${path}${suffix}`)) {
          copyFileSync(`${path}${suffix}`, join(directory, `copy.sqlite${suffix}`));
        }
      }
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it(
    `has every certificate that was answered, in ${COPIES} copies of its files`,
    async () => {
      const answered: string[] = [];
      let isLoading = true;
      const clients = Array.from({ length: CLIENTS }, async () => {
        while (isLoading) answered.push(await issue());
      });
      const pid = findProcess(server, 'record');
      const copies: { readonly directory: string; readonly before: readonly string[] }[] = [];
      for (let i = 0; i < COPIES; i++) {
        await sleep(Math.random() * MAX_PAUSE_MS);
        const before = [...answered];
        const directory = join(work.path, `copy-${i}`);
        copyRecord(pid, directory);
        copies.push({ directory, before });
      }
      isLoading = false;
      await Promise.all(clients);
      let withLog = 0;
      for (const { directory, before } of copies) {
        if (existsSync(join(directory, 'copy.sqlite-wal'))) withLog++;
        const database = new DatabaseSync(join(directory, 'copy.sqlite'));
        expect(database.prepare('PRAGMA integrity_check').all()).toEqual([
          { integrity_check: 'ok' },
        ]);
        const rows = database.prepare('SELECT serial FROM certificates').all();
        database.close();
        const serials = new Set(rows.map(({ serial }) => serial));
        expect(before.filter((serial) => !serials.has(serial))).toEqual([]);
      }
      console.log(`${COPIES} copies, ${withLog} with a log, ${answered.length} certificates`);
      expect(withLog).toBeGreaterThan(0);
      expect(copies.at(-1)?.before.length).toBeGreaterThan(0);
    },
    120_000 + COPIES * 5000,
  );
});
