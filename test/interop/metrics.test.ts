import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../scripts/free-port.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const promtool = requireTool('promtool');
const prometheus = requireTool('prometheus');
const SCRAPED_WITHIN_MS = 30_000;

describe.skipIf(promtool.missing || prometheus.missing)(prometheus.title('metrics'), () => {
  const dir = makeWorkDirectory();
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer();
    await fetch(`${server.url}/crl/default.crl`);
  });
  afterAll(async () => {
    await server?.stop();
    dir.remove();
  });

  function credentials() {
    const { ROOT_ACCESS_KEY_ID = '', ROOT_ACCESS_KEY_SECRET = '' } = server.secrets;
    return { id: ROOT_ACCESS_KEY_ID, secret: ROOT_ACCESS_KEY_SECRET };
  }

  it('are correct for promtool', async () => {
    const { id, secret } = credentials();
    const response = await fetch(`${server.url}/metrics`, {
      headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}`, Accept: 'text/plain' },
    });
    const checked = tryRun('promtool', ['check', 'metrics'], { input: await response.text() });
    expect(checked).toMatchObject({ code: 0, stderr: '' });
  });

  it('are scraped by Prometheus as OpenMetrics, and the alert rules find them', async () => {
    const { id, secret } = credentials();
    const rules = `${PROJECT_DIR}/docs/monitoring/alerts.yml`;
    expect(tryRun('promtool', ['check', 'rules', rules]).code).toBe(0);
    const config = dir.write(
      'prometheus.yml',
      JSON.stringify({
        global: { scrape_interval: '1s' },
        rule_files: [rules],
        scrape_configs: [
          {
            job_name: 'signet',
            basic_auth: { username: id, password: secret },
            static_configs: [{ targets: [new URL(server.url).host] }],
          },
        ],
      }),
    );
    const port = await findFreePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${dir.path}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      const ask = async (query: string) => {
        const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`;
        const answer: unknown = await fetch(url).then(
          (response) => response.json(),
          () => null,
        );
        return JSON.stringify(answer ?? '');
      };
      const deadline = Date.now() + SCRAPED_WITHIN_MS;
      while (!(await ask('up')).includes('"1"') && Date.now() < deadline) await sleep(200);
      expect(await ask('up{job="signet"}')).toContain('"1"');
      expect(await ask('signet_crl_next_update_timestamp_seconds - time() > 0')).toContain(
        '"authority":"default"',
      );
      expect(await ask('signet_build_info')).toContain('"version":"0.1.0"');
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });
});
