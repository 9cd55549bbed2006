import { describe, expect, it } from 'vitest';
import { createOutputReader, shortenRecord } from '../../scripts/wrangler-output.ts';

const QUIET_START = ` ⛅️ wrangler 4.156.2 (update available 4.164.0)
───────────────────────────────────────────────
Cloudflare collects anonymous telemetry about your usage of Wrangler. Learn more at https://example.org
[custom build] Running: npm run --silent build
Using secrets defined in .dev.vars
Your Worker has access to the following bindings:
Binding                                             Resource                  Mode
env.DB (signet)                                     D1 Database               local
env.CA_KEY ("(hidden)")                             Environment Variable      local

⎔ Starting local server...
[wrangler:info] ✨ Parsed 2 valid header rules.
[wrangler:info] Ready on http://127.0.0.1:8787
[wrangler:info] GET / 200 OK (6ms)
\u001b[33m▲ \u001b[43;33m[\u001b[43;30mWARNING\u001b[43;33m]\u001b[0m \u001b[1mScheduled Workers are not automatically triggered during local development.\u001b[0m

  To manually trigger a scheduled event, run:
    curl "http://127.0.0.1:8787/cdn-cgi/local/scheduled"

🪵  Logs were written to "/home/me/wrangler.log"`;

function read(text: string) {
  return text
    .split('\n')
    .map(createOutputReader())
    .filter((part) => part !== null);
}

describe('createOutputReader', () => {
  it('shows nothing of a normal start', () => {
    expect(read(QUIET_START)).toEqual([]);
  });

  it.each([
    '✘ [ERROR] Build failed with 1 error:',
    '▲ [WARNING] The entry point has no default export.',
    '[wrangler:error] Error: boom',
    '    at Object.fetch (src/index.ts:1:249)',
    '{"not":"a record of ours"}',
    '{ truncated',
  ])('shows %s', (line) => {
    expect(read(line)).toEqual([{ kind: 'text', text: line }]);
  });

  it('escapes control sequences, and leaves out colors', () => {
    const line = '\u001b[31m✘ [ERROR]\u001b[0m \u001b]0;title\u0007 a\u009bb';
    expect(read(line)).toEqual([
      { kind: 'text', text: '✘ [ERROR] \\u001b]0;title\\u0007 a\\u009bb' },
    ]);
  });

  it('shows lines after a hidden block', () => {
    expect(read(`${QUIET_START}\n✘ [ERROR] Address in use`)).toEqual([
      { kind: 'text', text: '✘ [ERROR] Address in use' },
    ]);
    expect(
      read('Your Worker has access to the following bindings:\nenv.A\n✘ [ERROR] Build failed'),
    ).toEqual([{ kind: 'text', text: '✘ [ERROR] Build failed' }]);
  });

  it.each([
    '{"level":"error","requestId":"r1"}',
    '\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1m{"level":"error","requestId":"r1"}\u001b[0m',
  ])('finds the record in %j', (line) => {
    expect(read(line)).toEqual([{ kind: 'record', record: { level: 'error', requestId: 'r1' } }]);
  });
});

describe('shortenRecord', () => {
  it('shows the result of a request', () => {
    const record = {
      level: 'info',
      requestId: 'r1',
      method: 'POST',
      route: '/api/ca/sign',
      status: 200,
      durationMs: 3.4,
      remoteAddress: '127.0.0.1',
      message: 'Sign success',
    };
    expect(shortenRecord(record, new Date(2026, 0, 2, 3, 4, 5))).toBe(
      '03:04:05 POST /api/ca/sign 200 3 ms 127.0.0.1 Sign success',
    );
  });

  it('escapes what a stranger sent', () => {
    const record = { route: '/x', message: '\u001b[2J\u202ecod', error: 'a\rb\u001b]8;;' };
    expect(shortenRecord(record, new Date(2026, 0, 2, 3, 4, 5))).toBe(
      '03:04:05 /x \\u001b[2J\\u202ecod a\\u000db\\u001b]8;;',
    );
  });

  it('shows only the first line of an error', () => {
    const record = {
      level: 'error',
      route: '/x',
      status: 500,
      error: 'TypeError: no\n    at x.ts:1',
    };
    expect(shortenRecord(record, new Date(2026, 0, 2, 3, 4, 5))).toBe(
      '03:04:05 error /x 500 TypeError: no',
    );
  });
});
