import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createInstance } from '../http/cas/cas-client.ts';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { countRows } from '../store/database.ts';
import { bodyOfPem, countWhere, restart, UNTHROTTLED } from './fault-records.ts';
import { AUTHORIZATION, openWorker, type TestWorker } from './worker.ts';

const MOMENTS = ['before', 'after'] as const;

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Returns whether the instance is used. Checks that its state, certificate and events agree. */
async function isUsed(db: D1Database, instanceId: string): Promise<boolean> {
  const issued = await countWhere(
    db,
    `external_ca_instances AS instance
     JOIN certificates ON certificates.authority_id = instance.issuer_id
       AND certificates.serial = instance.serial
     JOIN certificate_identifiers AS named ON named.authority_id = instance.issuer_id
       AND named.serial = instance.serial
     JOIN audit_events ON target = instance.serial
       AND action = 'certificate.issue' AND outcome = 'done'
     WHERE instance.id = ?1 AND instance.state = 'USED'`,
    instanceId,
  );
  const free = await countWhere(
    db,
    "external_ca_instances WHERE id = ?1 AND state = 'BUY' AND serial IS NULL",
    instanceId,
  );
  expect(issued + free).toBe(1);
  for (const table of ['certificates', 'certificate_identifiers']) {
    expect(await countRows(db, table), table).toBe(issued);
  }
  expect(await countWhere(db, "audit_events WHERE action = 'certificate.issue'")).toBe(issued);
  return issued === 1;
}

async function askFor(InstanceId: string): Promise<Record<string, string>> {
  return {
    Action: 'CreateExternalCACertificate',
    Version: '2020-06-30',
    InstanceId,
    Csr: await makeCsrPem({ subject: [commonName('A sub CA')] }),
    Validity: '1y',
  };
}

describe('CreateExternalCACertificate', () => {
  const sweep = MOMENTS.flatMap((when) => [
    { when, start: 'warm' },
    { when, start: 'cold' },
  ]);

  it.each(sweep)(
    'loses neither instance nor certificate if D1 fails $when any round trip of a $start Worker',
    async ({ when, start }) => {
      const statuses: number[] = [];
      let unanswered = 0;
      for (let trip = 1, isHit = true; isHit; trip++) {
        const first = await openWorker(UNTHROTTLED);
        const instanceId = await createInstance(first);
        const worker = start === 'warm' ? first : await restart(first);
        const parameters = await askFor(instanceId);
        worker.failAt(trip, when);
        const from = worker.calls.count;
        const answer = await call(worker, parameters);
        isHit = worker.calls.count - from >= trip;
        statuses.push(answer.status);
        const used = await isUsed(worker.db, instanceId);
        if (answer.status === 200) {
          expect(used).toBe(true);
          const body = bodyOfPem(String(answer.body.Certificate));
          expect(await countWhere(worker.db, 'certificates WHERE certificate = ?1', body)).toBe(1);
          continue;
        }
        expect(answer.status).toBe(503);
        expect(answer.text).not.toMatch(/BEGIN CERTIFICATE|injected|D1_ERROR|Network/);
        if (used) unanswered++;
        await expectNothingLost(worker, instanceId, parameters, used);
      }
      expect([statuses[0], statuses.at(-1)]).toEqual([503, 200]);
      expect(unanswered).toBe(when === 'after' ? 1 : 0);
    },
  );

  it('loses nothing if the batch fails in the middle', async () => {
    const worker = await openWorker(UNTHROTTLED);
    const instanceId = await createInstance(worker);
    const parameters = await askFor(instanceId);
    await worker.db.prepare('ALTER TABLE certificate_identifiers RENAME TO gone').run();
    expect((await call(worker, parameters)).status).toBe(503);
    await worker.db.prepare('ALTER TABLE gone RENAME TO certificate_identifiers').run();
    expect(await isUsed(worker.db, instanceId)).toBe(false);
    await expectNothingLost(worker, instanceId, parameters, false);
  });

  /** Checks that a retry issues once, and that the certificate is found through its instance. */
  async function expectNothingLost(
    worker: TestWorker,
    instanceId: string,
    parameters: Readonly<Record<string, string>>,
    used: boolean,
  ): Promise<void> {
    const again = await call(worker, parameters);
    expect(again.status, again.text).toBe(used ? 409 : 200);
    if (used) expect(again.body.Code).toBe('InstanceAlreadyUsed');
    expect(await isUsed(worker.db, instanceId)).toBe(true);
    const headers = { Authorization: AUTHORIZATION, Accept: 'application/json' };
    const found = await worker.send(`/api/v1/external-ca-instances/${instanceId}`, { headers });
    expect(JSON.parse(found.text), found.text).toMatchObject({
      state: 'USED',
      certificate: { authority: 'default', serial: expect.any(String) },
    });
  }
});
