import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
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
