import { beforeEach, describe, expect, it } from 'vitest';
import { describeAct } from '../../src/audit/describe-act.ts';
import { NetworkError } from '../../src/net/network-error.ts';
import { AUDIT_EVENT_SQL, eventValues } from '../../src/store/audit-event.ts';
import type { Database } from '../../src/store/database.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { instrument, makeIssuance, openDatabaseWithAuthority } from '../store/database.ts';
import { NO_FILTERS, openWebhooks, REQUEST, ROOT } from './live-webhook.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let db: D1Database;
let live: ReturnType<typeof openWebhooks>;
beforeEach(async () => {
  db = await openDatabaseWithAuthority();
  live = openWebhooks(db);
});

async function issue(serialHex: string, changes = {}): Promise<void> {
  const outcomes = await createIssuanceStore(db).commitIssuances([
    await makeIssuance({ serialHex, ...changes }),
  ]);
  expect(outcomes).toHaveLength(1);
}

const serials = () => live.sent.map(({ json }) => json.data.serial);

/** Runs the job each minute. */
async function runFor(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10 * MINUTE) {
    live.pass(10 * MINUTE);
    await live.deliver();
  }
}

/** Counts the queries as D1 does: each statement of a batch is one. */
function countQueries(of: D1Database) {
  const queries = { count: 0 };
  const counting = new Proxy(of, {
    get(target, property) {
      if (property !== 'prepare') return Reflect.get(target, property).bind(target);
      return (sql: string) => {
        queries.count++;
        return target.prepare(sql);
      };
    },
  });
  return { db: counting, queries };
}

describe('deliverWebhooks', () => {
  it.each([24, 24 * 3650])('goes on after the clock was %i hours ahead', async (hours) => {
    await live.create();
    live.pass(hours * HOUR);
    await issue('a1');
    await live.deliver();
    live.pass(-hours * HOUR);
    await issue('a2');
    await live.deliver();
    expect(serials()).toEqual(['a1', 'a2']);
  });

  it('sends what happened since the webhook was created, in order, once', async () => {
    await issue('a0');
    const { id, secret } = await live.create({
      filters: { ...NO_FILTERS, types: ['certificate.issued'] },
    });
    await issue('a1');
    await issue('a2');
    expect(await live.deliver()).toMatchObject({ delivered: 2, failed: 0 });
    await live.deliver();
    expect(serials()).toEqual(['a1', 'a2']);
    const [first] = live.sent;
    expect(JSON.parse(first?.body ?? '')).toEqual({
      type: 'certificate.issued',
      timestamp: '2030-01-02T03:04:05.000Z',
      data: {
        serial: 'a1',
        account: 'root',
        authority: 'default',
        actor: 'root-key',
        subject: 'CN=a',
        names: [],
        profile: 'tls',
        notAfter: '2030-01-03T03:04:05.000Z',
      },
    });
    const key = await crypto.subtle.importKey(
      'raw',
      secret,
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const signature = first?.headers['webhook-signature']?.replace('v1,', '') ?? '';
    const signed = `${first?.id}.${first?.headers['webhook-timestamp']}.${first?.body}`;
    expect(
      await crypto.subtle.verify(
        'HMAC',
        key,
        Uint8Array.fromBase64(signature),
        new TextEncoder().encode(signed),
      ),
    ).toBe(true);
    expect(await live.list(id)).toMatchObject([
      { state: 'delivered', attempts: 1, status: 204 },
      { state: 'delivered', attempts: 1, status: 204 },
    ]);
  });

  it('loses nothing while a receiver is down', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    live.fail('a.test');
    for (const serial of ['a1', 'a2', 'a3', 'a4', 'a5']) await issue(serial);
    await live.deliver();
    await runFor(20 * HOUR);
    live.answer('a.test', 200);
    const before = live.sent.length;
    await runFor(2 * HOUR);
    expect(new Set(serials().slice(before))).toEqual(new Set(['a1', 'a2', 'a3', 'a4', 'a5']));
    expect(live.sent.slice(before)).toHaveLength(5);
  });

  it('sends as much in one run as it may', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    const wanted = Array.from({ length: 300 }, (_, i) => `f${i.toString(16).padStart(3, '0')}`);
    for (const serial of wanted) await issue(serial);
    await live.deliver();
    expect(live.sent).toHaveLength(30);
    live.state.maxAttempts = 1000;
    await live.deliver();
    expect(serials()).toEqual(wanted);
  });

  it('sends the same id again for the same event', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await issue('a1');
    live.answer('a.test', 500);
    await live.deliver();
    live.answer('a.test', 200);
    live.pass(MINUTE);
    await live.deliver();
    expect(live.sent).toHaveLength(2);
    expect(live.sent[0]?.id).toBe(live.sent[1]?.id);
    expect(live.sent[0]?.headers['webhook-timestamp']).not.toBe(
      live.sent[1]?.headers['webhook-timestamp'],
    );
  });

  it('goes on after an event that the receiver refuses, and gives it up after a day', async () => {
    const { id } = await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await issue('a1');
    await issue('a2');
    let first: string | undefined;
    live.receive('a.test', async () => {
      first ??= live.sent.at(-1)?.id;
      return live.sent.at(-1)?.id === first ? 400 : 200;
    });
    await live.deliver();
    expect(serials()).toEqual(['a1', 'a2']);
    await runFor(26 * HOUR);
    expect(await live.list(id)).toMatchObject([
      { state: 'delivered' },
      { state: 'failed', status: 400, error: 'The receiver answered 400.', nextAtMs: null },
    ]);
    expect((await live.webhooks.find(ROOT, id)).enabled).toBe(true);
  });

  it('sends the next event at once although another one was refused again', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await issue('a1');
    live.answer('a.test', 400);
    for (const pause of [0, MINUTE, 5 * MINUTE]) {
      live.pass(pause);
      await live.deliver();
    }
    live.answer('a.test', 204);
    await issue('a2');
    await live.deliver();
    expect(serials()).toEqual(['a1', 'a1', 'a1', 'a2']);
  });

  it('does not follow redirects', async () => {
    const { id } = await live.create();
    live.answer('a.test', 302);
    await issue('a1');
    await live.deliver();
    expect(await live.list(id)).toMatchObject([
      {
        state: 'retrying',
        status: 302,
        error: 'The receiver answered 302. Redirects are not followed.',
      },
    ]);
  });

  it('disables a webhook whose deliveries fail for three days, tells, and goes on once enabled', async () => {
    const { id } = await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await live.create({
      url: 'https://b.test/',
      filters: { ...NO_FILTERS, types: ['webhook.disabled'] },
    });
    live.answer('a.test', 503);
    for (const serial of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9', 'aa'])
      await issue(serial);
    await runFor(80 * HOUR);
    expect(await live.webhooks.find(ROOT, id)).toMatchObject({
      enabled: false,
      disabledReason: expect.stringMatching(/^All deliveries have failed since 2030-01-0/),
    });
    const told = live.sent.filter(({ url }) => url === 'https://b.test/');
    expect(told.map(({ json }) => [json.type, json.data.id])).toEqual([['webhook.disabled', id]]);
    await issue('ab');
    live.answer('a.test', 200);
    const before = live.sent.length;
    await live.webhooks.update(ROOT, id, { enabled: true }, REQUEST);
    await runFor(2 * HOUR);
    expect(serials().slice(before)).toContain('ab');
    expect(await live.webhooks.find(ROOT, id)).toMatchObject({
      enabled: true,
      failingSinceMs: null,
      disabledReason: null,
    });
  });

  it('disables a webhook at once that answers 410', async () => {
    const { id } = await live.create();
    live.answer('a.test', 410);
    await issue('a1');
    await live.deliver();
    expect(await live.webhooks.find(ROOT, id)).toMatchObject({
      enabled: false,
      disabledReason: 'The receiver answered 410 Gone.',
    });
  });

  it('sends each event once when several runs start at once', async () => {
    await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    for (const serial of ['a1', 'a2', 'a3']) await issue(serial);
    await Promise.all([live.deliver(), live.deliver(), live.deliver()]);
    expect(serials()).toEqual(['a1', 'a2', 'a3']);
  });

  it('does not let a webhook that hangs keep others waiting', async () => {
    const waiting = Promise.withResolvers<number>();
    live.receive('a.test', () => waiting.promise);
    await live.create();
    await live.create({
      url: 'https://b.test/',
      filters: { ...NO_FILTERS, types: ['certificate.issued'] },
    });
    await issue('a1');
    const run = live.deliver();
    await expect.poll(() => live.sent.some(({ url }) => url === 'https://b.test/')).toBe(true);
    waiting.resolve(200);
    await run;
  });

  it('applies filters', async () => {
    const filters = [
      { types: ['certificate.revoked' as const] },
      { profile: 'server' },
      { authorityId: 'other' },
      { accountId: 'acct-1' },
      { types: ['certificate.issued' as const], profile: 'tls', authorityId: 'default' },
    ];
    for (const [index, each] of filters.entries()) {
      await live.create({ url: `https://h${index}.test/`, filters: { ...NO_FILTERS, ...each } });
    }
    await issue('a1');
    await live.deliver();
    expect(live.sent.map(({ url }) => url)).toEqual(['https://h4.test/']);
  });

  it("sends an account its own events only, also those of root's acts on its objects", async () => {
    await db
      .prepare(
        "INSERT INTO accounts (id, name, created_at_ms) VALUES ('acct-1', 'one', 0), ('acct-2', 'two', 0)",
      )
      .run();
    await live.create({ accountId: 'acct-1', url: 'https://one.test/' });
    await live.create({ accountId: 'acct-2', url: 'https://two.test/' });
    await issue('a1', { accountId: 'acct-1' });
    await live.deliver();
    expect(live.sent.map(({ url, json }) => [url, json.data.account])).toEqual([
      ['https://one.test/', 'acct-1'],
    ]);
  });

  it('tells an account what root does to its access keys, also if they are gone since', async () => {
    await db
      .prepare(
        "INSERT INTO accounts (id, name, created_at_ms) VALUES ('acct-1', 'one', 0), ('acct-2', 'two', 0)",
      )
      .run();
    await live.create({ accountId: 'acct-1', url: 'https://one.test/' });
    await live.create({ accountId: 'acct-2', url: 'https://two.test/' });
    const act = { principal: ROOT, atMs: live.state.nowMs, request: REQUEST };
    const record: Database = db;
    await record.batch(
      [
        describeAct(act, 'access-key.create', 'ak-1', { account: 'acct-1' }),
        describeAct(act, 'access-key.update', 'ak-1', { enabled: 'false' }),
        describeAct(act, 'access-key.delete', 'ak-1'),
      ].map((event) => AUDIT_EVENT_SQL.always.prepare(record, eventValues(event))),
    );
    await live.deliver();
    expect(live.sent.map(({ url, json }) => [url, json.type, json.data.account])).toEqual([
      ['https://one.test/', 'access-key.created', 'acct-1'],
      ['https://one.test/', 'access-key.disabled', 'acct-1'],
      ['https://one.test/', 'access-key.deleted', 'acct-1'],
    ]);
  });

  it('sends a test to its webhook only, whatever the filters', async () => {
    const { id } = await live.create({ filters: { ...NO_FILTERS, profile: 'none' } });
    await live.create({ url: 'https://b.test/' });
    const eventId = await live.webhooks.test(ROOT, id, REQUEST);
    await live.deliver();
    expect(live.sent.map((each) => [each.url, each.id, each.json.type])).toEqual([
      ['https://a.test/hook', eventId, 'webhook.test'],
    ]);
  });

  it('sends an event again on request, with the same id', async () => {
    const { id } = await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await issue('a1');
    await live.deliver();
    live.pass(MINUTE);
    await live.webhooks.replay(ROOT, id, live.sent[0]?.id ?? '', REQUEST);
    await live.deliver();
    expect(live.sent).toHaveLength(2);
    expect(live.sent[1]?.id).toBe(live.sent[0]?.id);
    await expect(live.webhooks.replay(ROOT, id, 'evt-999-1', REQUEST)).rejects.toThrow(
      'no delivery of this event',
    );
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const { id } = await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
    await live.webhooks.rotateSecret(ROOT, id, REQUEST);
    await issue('a1');
    await live.deliver();
    live.pass(24 * HOUR);
    await issue('a2');
    await live.deliver();
    expect(live.sent.map(({ headers }) => headers['webhook-signature']?.split(' ').length)).toEqual(
      [2, 1],
    );
  });

  it('sends nothing to a URL that was changed in the database', async () => {
    const { id } = await live.create();
    await issue('a1');
    await db.prepare("UPDATE webhooks SET url = 'https://evil.test/'").run();
    await live.deliver();
    expect(live.sent).toEqual([]);
    expect(live.problems).toEqual([expect.stringContaining(id)]);
  });

  it('loses nothing, and sends at most twice, when D1 fails at any step', async () => {
    for (let call = 1; call <= 8; call++) {
      for (const when of ['before', 'after'] as const) {
        db = await openDatabaseWithAuthority();
        live = openWebhooks(db);
        await live.create({ filters: { ...NO_FILTERS, types: ['certificate.issued'] } });
        await issue('a1');
        const faulty = instrument(db);
        faulty.failAt(call, when);
        await live.deliver(faulty.db).catch(() => {});
        live.pass(3 * MINUTE);
        await live.deliver();
        live.pass(3 * MINUTE);
        await live.deliver();
        expect([1, 2]).toContain(live.sent.length);
        expect(new Set(live.sent.map(({ id }) => id)).size).toBe(1);
      }
    }
  });

  describe('with a backlog', () => {
    /** Adds events to the record, numbered from 1. */
    const addEvents = (count: number, action = 'inventory.rename') =>
      db
        .prepare(
          `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO audit_events (at_ms, account_id, actor, action, outcome, target, detail, request_id)
SELECT 0, 'root', 'root-key', ?2, 'done', 'cert-gone', json_object('n', n), 'r' FROM numbers`,
        )
        .bind(count, action)
        .run();
    const renamed = { ...NO_FILTERS, types: ['inventory.renamed' as const] };

    it('begins no request after its time', async () => {
      live.state.maxAttempts = 1000;
      await live.create({ filters: renamed });
      await addEvents(100);
      live.receive('a.test', async () => {
        live.pass(1000);
        return 204;
      });
      expect((await live.deliver()).delivered).toBeLessThanOrEqual(41);
      await live.deliver();
      await live.deliver();
      expect(live.sent).toHaveLength(100);
      expect(new Set(live.sent.map(({ id }) => id)).size).toBe(100);
    });

    it('finds the one event that is wanted among 4000 others in one run', async () => {
      await live.create({ filters: renamed });
      live.state.maxAttempts = 250;
      await addEvents(4000, 'inventory.bind');
      await addEvents(1);
      expect(await live.deliver()).toMatchObject({ delivered: 1 });
    });

    describe('of many webhooks', () => {
      const hostname = (index: number) => `h${index}.test`;
      const WEBHOOKS = Array.from({ length: 20 }, (_, index) => hostname(index));

      /** Creates the webhooks, the first of which are taken first. */
      async function createAll(): Promise<void> {
        for (const each of WEBHOOKS) {
          live.pass(1);
          await live.create({ url: `https://${each}/`, filters: renamed });
        }
        live.pass(MINUTE);
      }

      /** Passes the time when all four workers of a run wait, or one is alone for long. */
      const sleepers: { atMs: number; wake: () => void }[] = [];
      function wakeFirst(): void {
        const [first] = sleepers.sort((a, b) => a.atMs - b.atMs).splice(0, 1);
        if (first === undefined) return;
        live.state.nowMs = Math.max(live.state.nowMs, first.atMs);
        first.wake();
      }
      async function sleep(ms: number): Promise<void> {
        const { promise, resolve } = Promise.withResolvers<void>();
        const sleeper = { atMs: live.state.nowMs + ms, wake: resolve };
        if (sleepers.push(sleeper) >= 4) wakeFirst();
        const timer = setInterval(wakeFirst, 250);
        await promise;
        clearInterval(timer);
      }

      const answerAfter = (each: string, ms: number) =>
        live.receive(each, async () => {
          await sleep(ms);
          return 204;
        });

      function countSent(): number[] {
        return WEBHOOKS.map((each) => live.sent.filter(({ url }) => url.includes(each)).length);
      }

      it('sends some to each webhook before it sends one webhook all', async () => {
        await createAll();
        await addEvents(100);
        for (const each of WEBHOOKS) answerAfter(each, 20);
        await live.deliver();
        expect(live.sent).toHaveLength(30);
        expect(countSent().filter((count) => count < 1 || count > 2)).toEqual([]);
      });

      it('shares what a smaller budget allows over two runs', async () => {
        live.state.maxAttempts = 15;
        await createAll();
        await addEvents(100);
        for (const each of WEBHOOKS) answerAfter(each, 20);
        for (let run = 0; run < 2; run++) {
          const counted = countQueries(db);
          await live.deliver(counted.db);
          expect(counted.queries.count).toBeLessThanOrEqual(50);
        }
        expect(live.sent).toHaveLength(30);
        expect(countSent()).not.toContain(0);
      });

      it('sends to one after the other if a run may send one request', async () => {
        live.state.maxAttempts = 1;
        await createAll();
        await addEvents(100);
        for (let run = 0; run < WEBHOOKS.length; run++) {
          live.pass(1);
          await live.deliver();
        }
        expect(countSent()).toEqual(WEBHOOKS.map(() => 1));
      });

      it('keeps the place in the line of a webhook for which the time was over', async () => {
        live.state.maxAttempts = 1;
        await createAll();
        await addEvents(1);
        const slow = new Proxy(db, {
          get(target, property) {
            if (property === 'batch') live.pass(41_000);
            return Reflect.get(target, property).bind(target);
          },
        });
        await live.deliver(slow);
        expect(live.sent).toEqual([]);
        await live.deliver();
        expect(live.sent.map(({ url }) => url)).toEqual(['https://h0.test/']);
      });

      it('lets slow receivers take no time from others', async () => {
        live.state.maxAttempts = 250;
        await createAll();
        await addEvents(100);
        for (const each of WEBHOOKS) answerAfter(each, 20);
        for (const each of WEBHOOKS.slice(0, 12)) answerAfter(each, 9000);
        await live.deliver();
        const counts = countSent();
        expect(counts).not.toContain(0);
        expect(Math.min(...counts.slice(12))).toBeGreaterThan(5);
      });

      it('leaves receivers alone that are down, however small their share is', async () => {
        live.state.maxAttempts = 20;
        await createAll();
        await addEvents(40);
        // Four requests wait at once, and here one clock counts for all.
        for (const each of WEBHOOKS) {
          live.receive(each, async () => {
            live.pass(5);
            return 204;
          });
        }
        for (const each of WEBHOOKS.slice(0, 12)) {
          live.receive(each, async () => {
            live.pass(10_000 / 4);
            throw new NetworkError('connection', 'The server did not answer in time.');
          });
        }
        for (let minute = 0; minute < 30; minute++) {
          await live.deliver();
          live.pass(MINUTE);
          if (minute === 1) expect(countSent()).not.toContain(0);
        }
        const counts = countSent();
        expect(counts.slice(12)).toEqual(Array.from({ length: 8 }, () => 40));
        // Two events at first, and again after 1, 5 and 15 minutes.
        expect(Math.max(...counts.slice(0, 12))).toBeLessThanOrEqual(8);
      });
    });

    it('stays within 1000 queries of an invocation, also when it finds nothing to send', async () => {
      await live.create({ filters: renamed });
      live.state.maxAttempts = 1000;
      await addEvents(30_000, 'inventory.bind');
      const counted = countQueries(db);
      await live.deliver(counted.db);
      expect(counted.queries.count).toBeGreaterThan(50);
      expect(counted.queries.count).toBeLessThan(500);
    });
  });
});
