import { chmodSync, existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorkerdProcess } from '../../../scripts/serve/workerd-process.ts';
import { makeWorkDirectory } from '../../interop/work-directory.ts';

const work = makeWorkDirectory();
afterAll(() => work.remove());

/** A process whose program is a shell script, with what it logs. */
function openProcess(script: string) {
  const program = work.write('program', `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  const logged: string[] = [];
  const process = createWorkerdProcess({
    name: 'record',
    program,
    configPath: join(work.path, 'record.capnp'),
    formatConfig: () => '',
    controlSocket: join(work.path, 'record.sock'),
    ownSockets: [],
    listSockets: () => [],
    environment: {},
    log: {
      isFile: true,
      write: (_, message) => logged.push(message),
      copy: (text) => logged.push(text),
    },
    noteChange: () => {},
  });
  return { process, logged };
}

describe('a process that cannot start', () => {
  it('says what to do if the machine has no trusted CAs', async () => {
    const { process, logged } = openProcess(
      'echo "service internet: No CA certificates were loaded from the system" >&2; exit 1',
    );
    await expect(process.start()).rejects.toThrow(
      /^This machine has no trusted CAs.* Install the package ca-certificates, and start again\.$/,
    );
    expect(logged).toEqual([]);
  });

  it('leaves other reasons in the log', async () => {
    const { process, logged } = openProcess('echo "no such flag" >&2; exit 1');
    await expect(process.start()).rejects.toThrow(
      'The process record could not start. The lines above say why.',
    );
    expect(logged).toEqual(['no such flag']);
  });
});

describe('a process that is replaced', () => {
  let control: Server;
  beforeEach(() => {
    control = createServer(({ url }, response) => {
      response.writeHead(url === '/control/forget' ? 204 : 200).end('open');
    }).listen(join(work.path, 'record.sock'));
  });
  afterEach(() => control.close());

  it('stays, or is started soon, if the configuration of the next one cannot be written', async () => {
    const { process } = openProcess('exec sleep 60');
    await process.start();
    const first = process.pid;
    const configPath = join(work.path, 'record.capnp');
    rmSync(configPath);
    mkdirSync(configPath);
    await expect(process.replace('new-first')).rejects.toThrow('EISDIR');
    expect(process.pid).toBe(first);
    await expect(process.replace('old-first')).rejects.toThrow('EISDIR');
    expect(process.pid).toBeNull();
    rmdirSync(configPath);
    await vi.waitUntil(() => process.pid !== null, 5000);
    await process.stop();
  });

  it('keeps new connections waiting for at most 5 seconds', async () => {
    const { process } = openProcess("trap '' TERM; while :; do sleep 0.1; done");
    await process.start();
    const startedMs = performance.now();
    await process.replace('old-first');
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(4900);
    expect(tookMs).toBeLessThan(15_000);
    if (process.pid !== null) globalThis.process.kill(process.pid, 'SIGKILL');
    await process.stop();
  }, 30_000);
});

describe('a process that ends', () => {
  it('is started as soon as its configuration can be written', async () => {
    const control = createServer((_, response) => response.end('open')).listen(
      join(work.path, 'record.sock'),
    );
    const { process, logged } = openProcess('exec sleep 60');
    await process.start();
    const first = process.pid;
    const configPath = join(work.path, 'record.capnp');
    rmSync(configPath);
    mkdirSync(configPath);
    if (first !== null) globalThis.process.kill(first, 'SIGKILL');
    await vi.waitUntil(() => logged.some((line) => line.includes('could not start: ')), 5000);
    rmdirSync(configPath);
    await vi.waitUntil(() => process.pid !== null && process.pid !== first, 5000);
    await process.stop();
    control.close();
  });
});

describe('a process that runs', () => {
  let control: Server;
  beforeEach(() => {
    control = createServer((_, response) => response.end('open')).listen(
      join(work.path, 'record.sock'),
    );
  });
  afterEach(() => control.close());

  async function runOnce(lines: string): Promise<readonly string[]> {
    const mark = join(work.path, 'said');
    const { process, logged } = openProcess(
      `sleep 0.5; [ -e ${mark} ] || { ${lines}; touch ${mark}; }; exec sleep 60`,
    );
    await process.start();
    await vi.waitUntil(() => existsSync(mark), 5000);
    await process.stop();
    rmSync(mark);
    return logged;
  }

  it('logs a few of the connections that fail', async () => {
    const line =
      'workerd/server/server/listen/mod.rs:364: error: HTTP connection failed: TLS handshake failed: corrupt';
    const logged = await runOnce(`for i in 1 2 3 4 5 6 7 8 9; do echo "${line}" >&2; done`);
    expect(logged).toEqual(
      Array.from({ length: 5 }, () => 'A connection failed: TLS handshake failed: corrupt'),
    );
  });

  it('logs once that a client asked for a tunnel', async () => {
    const logged = await runOnce(
      [
        'Received a connect event but we lack a handler. Did you remember to export a connect() function?',
        'workerd/server/server/listen/mod.rs:373: error: Uncaught exception: workerd/api/global-scope.c++:308: failed: remote.jsg.Error: Handler does not export a connect() function.',
      ]
        .map((line) => `echo "${line}" >&2`)
        .join(';'),
    );
    expect(logged).toEqual(['A connection failed: the client asked for a tunnel (CONNECT).']);
  });

  it('says what to do if clients hold too many connections', async () => {
    const line =
      'workerd/server/server/bridge.rs:931: overloaded: accept(): Too many open files (os error 24)';
    expect(await runOnce(`echo "${line}" >&2`)).toEqual([
      expect.stringMatching(/^Clients hold so many connections .* Limit the connections/),
    ]);
  });
});

const DAY_MS = 86_400_000;

describe('a process that starts while somebody sets the clock', () => {
  let control: Server;
  afterEach(() => {
    vi.restoreAllMocks();
    control.close();
  });

  it.each([1, 3650])('is waited for although the clock is ahead by %i days', async (days) => {
    const { process } = openProcess('exec sleep 60');
    const setClock = () => {
      const nowMs = Date.now() + days * DAY_MS;
      vi.spyOn(Date, 'now').mockReturnValue(nowMs);
    };
    let asked = 0;
    // Answers only the third time, and the clock is set before.
    control = createServer((request, response) => {
      asked++;
      if (asked === 1) setClock();
      if (asked < 3) request.socket.destroy();
      else response.end('open');
    }).listen(join(work.path, 'record.sock'));
    await process.start();
    expect(asked).toBe(3);
    await process.stop();
  });
});
