import { expect, it } from 'vitest';
import { captureLog, openWorker } from './live.ts';

captureLog();

it('renews the CRLs of a few authorities in each run, and of all in the end', async () => {
  const live = await openWorker();
  const ids = new Set(['default']);
  for (let count = 0; count < 12; count++) {
    const body = { name: `CA ${count}`, subject: `CN=CA ${count}`, parent: null };
    ids.add(String((await live.send('/api/v1/authorities', { body })).json.id));
  }
  expect(ids.size).toBe(13);
  const seen = new Set<string>();
  for (let run = 0; run < 60 && seen.size < ids.size; run++) {
    const { json } = await live.send('/api/v1/jobs/renew-crl', { method: 'POST' });
    const renewed = Object.keys(Object(json.report));
    expect(renewed.length).toBeLessThanOrEqual(10);
    for (const id of renewed) seen.add(id);
  }
  expect(seen).toEqual(ids);
});

it('does not let an authority that cannot be opened stop the others', async () => {
  const first = await openWorker();
  const body = { name: 'Broken', subject: 'CN=Broken', parent: null };
  const { json } = await first.send('/api/v1/authorities', { body });
  await first.db
    .prepare("UPDATE authorities SET certificate = 'AAAA' WHERE id = ?")
    .bind(String(json.id))
    .run();
  const live = await openWorker({}, first.db);
  const job = await live.send('/api/v1/jobs/renew-crl', { method: 'POST' });
  expect([job.status, job.json.report]).toEqual([200, { default: 1 }]);
});
