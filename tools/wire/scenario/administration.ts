import type { Client } from '../client.ts';

const JOBS = [
  'seal-audit',
  'renew-crl',
  'retire-revocations',
  'purge-edge',
  'reseal',
  'renew-ocsp-responders',
  'mark-expiring',
  'no-such',
];

/** Jobs and the audit record, which shows what everything before has left there. */
export async function recordAdministration(client: Client): Promise<void> {
  for (const job of JOBS) {
    await client.call(`job: ${job}`, `POST /api/v1/jobs/${job}`, { unordered: true });
  }
  await client.call('job: from another site', 'POST /api/v1/jobs/seal-audit', {
    headers: { 'Sec-Fetch-Site': 'cross-site' },
  });
  await client.call('audit: verify', 'GET /api/v1/audit/verify');
  const newest = await client.call('audit: newest checkpoint', 'GET /api/v1/audit/checkpoint');
  for (const since of [newest.at('checkpoint'), 'x', '']) {
    await client.call(
      `audit: verify since ${since.slice(0, 1)}`,
      `GET /api/v1/audit/verify?since=${since}`,
    );
  }
  for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=501', 'limit=2', 'after=999999']) {
    await client.call(`audit: ${query}`, `GET /api/v1/audit?${query}`);
  }
  for (let after = 0, page = 1; page <= 20; page++) {
    const answer = await client.call(
      `audit: page ${page}`,
      `GET /api/v1/audit?after=${after}&limit=100`,
    );
    const next = answer.at('next');
    if (next === '') break;
    after = Number(next);
  }
  await client.call('health at the end', 'GET /healthz', { as: null });
}
