import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { csrPem } from '../../fixtures.ts';
import { commonName, dnsName, type KeyPair, makeCsrPem, makeKeyPair } from '../../make-csr.ts';
import { BASIC } from '../fakes.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const CERTIFICATES = '/api/v1/certificates';
const RULES = {
  profiles: ['tls-server'],
  dnsNames: [{ name: 'internal', match: 'any-depth' }],
  maxValiditySeconds: 86_400,
  maxValidCertificates: 2,
};

// The validity begins now: both calls must see the same second.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

interface World {
  readonly callers: Readonly<Record<string, string>>;
  readonly authorities: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<string, KeyPair>>;
}

async function makeWorld(live: LiveWorker): Promise<World> {
  const create = async (path: string, body: object) => {
    const { status, json, text } = await live.send(path, { body });
    if (status >= 300) throw new Error(text);
    return json;
  };
  const authority = async (name: string, more: object) =>
    String(
      (
        await create('/api/v1/authorities', {
          name,
          subject: `CN=${name}`,
          parent: 'default',
          ...more,
        })
      ).id,
    );
  const limited = await authority('Limited', {
    permittedNames: { dns: ['test'] },
    validity: '30d',
  });
  const disabled = await authority('Disabled', {});
  await live.send(`/api/v1/authorities/${disabled}/disable`, { method: 'POST', body: '' });

  const accountId = await live.createAccount();
  const policy = await create('/api/v1/policies', { name: 'internal', rules: RULES, accountId });
  const plain = await live.createKey(['certificates:*'], accountId);
  const bounded = await live.createKey(['certificates:Issue'], accountId);
  await live.send(`/api/v1/access-keys/${bounded.id}`, {
    method: 'PATCH',
    body: { policyId: policy.id },
  });
  const reader = await live.createKey(['certificates:Read'], accountId);
  const stopped = await live.createKey(['certificates:Issue'], accountId);
  await live.send(`/api/v1/access-keys/${stopped.id}`, {
    method: 'PATCH',
    body: { enabled: false },
  });

  const keys = {
    good: await makeKeyPair(),
    other: await makeKeyPair(),
    blocked: await makeKeyPair(),
  };
  const csr = await makeCsrPem({ subject: [commonName('blocked')], keyPair: keys.blocked });
  const issued = await live.send(CERTIFICATES, {
    body: { csr },
    headers: { Accept: 'application/json' },
  });
  await create(`${CERTIFICATES}/${String(issued.json.serial)}/revoke`, { reason: 'keyCompromise' });
  return {
    callers: {
      root: BASIC,
      plain: plain.basic,
      bounded: bounded.basic,
      reader: reader.basic,
      stopped: stopped.basic,
    },
    authorities: { default: 'default', limited, disabled, none: 'ca-000000000000' },
    keys,
  };
}

/** Every row of every table, except when an access key was last used: authentication notes that. */
async function dump(db: D1Database): Promise<ReadonlyMap<string, string>> {
  const { results } = await db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*' ORDER BY name",
    )
    .all<{ name: string }>();
  const tables = await db.batch(results.map(({ name }) => db.prepare(`SELECT * FROM ${name}`)));
  return new Map(
    results.map(({ name }, n) => [
      name,
      JSON.stringify(tables[n]?.results, (key, value) => (key === 'last_used_at_s' ? null : value)),
    ]),
  );
}

const HOSTS = ['a.internal', 'b.c.internal', '*.internal', 'x.test', 'www.example.com', 'bad_name'];
const often = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const REQUEST = fc.record({
  caller: often('root', 'plain', 'bounded', 'bounded', 'reader', 'stopped'),
  authority: often('default', 'limited', 'disabled', 'none'),
  key: often('good', 'other', 'blocked', 'blocked'),
  cn: often('a.internal', 'Alice', 'Signet Root CA', 'Limited', 'x.test', ''),
  names: fc.subarray(HOSTS, { maxLength: 2 }),
  profile: often('tls-server', 'tls-server-client', 'tls-client', 'cas', 'unknown'),
  stated: fc.option(
    fc.record({
      names: fc.record({ dns: fc.subarray(HOSTS, { maxLength: 2 }) }),
      subject: fc.constantFrom('CN=b.internal', 'CN=Bob', 'CN=Disabled'),
    }),
    { nil: undefined },
  ),
  validitySeconds: often(3600, 3600, 3600, 59, 90_000, 31 * 86_400, 91 * 86_400, 10 ** 9),
  isShort: fc.boolean(),
  weak: often(null, 'rejected-rsa-1024', 'no-names', 'rejected-sha1'),
});

it('says yes exactly if issuing then succeeds, with the same content, and writes nothing', async () => {
  const live = await openWorker();
  const world = await makeWorld(live);
  let issuedCount = 0;
  let refusedCodes: unknown[] = [];
  await fc.assert(
    fc.asyncProperty(REQUEST, async (asked) => {
      const subject = asked.cn === '' ? [] : [commonName(asked.cn)];
      const keyPair = world.keys[asked.key];
      const csr =
        asked.weak === null
          ? await makeCsrPem({
              subject,
              ...(keyPair === undefined ? {} : { keyPair }),
              ...(asked.names.length === 0
                ? {}
                : { subjectAltNames: asked.names.map((name) => dnsName(name)) }),
            })
          : csrPem(asked.weak);
      const sending = {
        as: world.callers[asked.caller] ?? null,
        headers: { Accept: 'application/json' },
        body: {
          csr,
          authority: world.authorities[asked.authority],
          profile: asked.profile,
          ...asked.stated,
          ...(asked.isShort ? { validitySeconds: asked.validitySeconds } : {}),
        },
      };
      const before = await dump(live.db);
      const preview = await live.send(`${CERTIFICATES}/preview`, sending);
      const after = await dump(live.db);
      expect([...after].filter(([table, rows]) => before.get(table) !== rows)).toEqual([]);
      const issued = await live.send(CERTIFICATES, sending);

      if (preview.status !== 200) {
        expect(issued.status).toBe(preview.status);
        expect({ ...issued.json, requestId: null }).toEqual({ ...preview.json, requestId: null });
        refusedCodes.push(preview.json.code);
        return;
      }
      expect(issued.status).toBe(201);
      issuedCount++;
      const path = `${CERTIFICATES}/${String(issued.json.serial)}`;
      const { json } = await live.send(path, { headers: { Accept: 'application/json' } });
      const { decoded } = json;
      if (typeof decoded !== 'object') throw new Error('nothing is decoded');
      expect(preview.json).toMatchObject({
        authority: json.authority,
        profile: json.profile,
        subject: json.subject,
        notBefore: json.notBefore,
        notAfter: json.notAfter,
        decoded: { ...decoded, serial: null, signature: null, fingerprints: null },
      });
    }),
    { numRuns: 250 },
  );
  expect(issuedCount).toBeGreaterThan(10);
  refusedCodes = [...new Set(refusedCodes)];
  expect(refusedCodes).toEqual(
    expect.arrayContaining(['policy-violated', 'key-compromised', 'constraint-violated']),
  );
}, 120_000);
