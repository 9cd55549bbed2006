import { beforeEach, describe, expect, it } from 'vitest';
import type { Services } from '../../src/http/services.ts';
import { captureLog, type LiveWorker, openWorker } from '../http/live.ts';
import { createPolicy, openServices, REQUEST, ROOT } from '../policy/live-services.ts';

captureLog();

const PATH = '/api/v1/acme/eab-keys';

let live: LiveWorker;
let services: Services;
beforeEach(async () => {
  live = await openWorker();
  services = openServices(live.db);
});

const create = (policyId: string, fields: object = {}, as?: string) =>
  live.send(PATH, {
    body: { name: 'web', policyId, ...fields },
    ...(as === undefined ? {} : { as }),
  });

describe('the policy of a key for external account binding', () => {
  it('must be one of its account or of root', async () => {
    const accountId = await live.createAccount();
    const own = await createPolicy(services, {}, accountId);
    const foreign = await createPolicy(services, {}, await live.createAccount());
    expect(await create(own, { accountId })).toMatchObject({ status: 201 });
    expect(await create(await createPolicy(services, {}), { accountId })).toMatchObject({
      status: 201,
    });
    for (const policyId of [foreign, 'pol-000000000000']) {
      expect(await create(policyId, { accountId })).toMatchObject({
        status: 404,
        json: { code: 'policy-not-found', field: 'policyId' },
      });
    }
  });

  it('is that of the caller, if it has one', async () => {
    const policyId = await createPolicy(services, {});
    const other = await createPolicy(services, {});
    const key = await live.createKey(['acme:*']);
    const before = await create(other, {}, key.basic);
    expect(before.status).toBe(201);
    await services.accessKeys.update(ROOT, key.id, { policyId }, REQUEST);
    const refused = { status: 403, json: { code: 'forbidden' } };
    // This isolate has the access key in memory as it was, another one as it is.
    for (const worker of [live, await openWorker({}, live.db)]) {
      const ask = (path: string, sending: object) =>
        worker.send(path, { as: key.basic, ...sending });
      const body = { name: 'web', policyId: other };
      expect(await ask(PATH, { body })).toMatchObject(refused);
      const path = `${PATH}/${String(before.json.id)}`;
      expect(await ask(path, { method: 'PATCH', body: { enabled: false } })).toMatchObject(refused);
      expect(await ask(path, { method: 'DELETE' })).toMatchObject(refused);
      expect(await ask(PATH, { body: { name: 'web', policyId } })).toMatchObject({ status: 201 });
    }
  });

  it('cannot be deleted as long as the key exists', async () => {
    const policyId = await createPolicy(services, {});
    const { json } = await create(policyId);
    await expect(services.policies.remove(ROOT, policyId, REQUEST)).rejects.toMatchObject({
      code: 'in-use',
    });
    await live.send(`${PATH}/${String(json.id)}`, { method: 'DELETE' });
    await services.policies.remove(ROOT, policyId, REQUEST);
  });
});
