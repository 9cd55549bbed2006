import { describe, expect, it } from 'vitest';
import { csrPem } from '../../fixtures.ts';
import { captureLog, openWorker } from '../live.ts';

captureLog();

const DEFAULT = '/api/v1/authorities/default';
const PROFILES = { code: { validityDays: 30, extendedKeyUsages: ['codeSigning'] } };

/** The default authority is made when something asks for it first, whatever that is. */
describe('the first request to an empty database', () => {
  it.each<[string, string, string, unknown, Readonly<Record<string, unknown>>]>([
    ['reads', 'GET', DEFAULT, undefined, { id: 'default', state: 'active' }],
    ['changes', 'PATCH', DEFAULT, { profiles: PROFILES }, { id: 'default' }],
    ['disables', 'POST', `${DEFAULT}/disable`, '', { state: 'disabled' }],
    ['revokes', 'POST', `${DEFAULT}/revoke`, '', { state: 'revoked' }],
    ['renews', 'POST', `${DEFAULT}/renew`, '', { id: 'default' }],
    ['re-keys', 'POST', `${DEFAULT}/rekey`, '', { id: 'default' }],
    [
      'lists',
      'GET',
      '/api/v1/authorities',
      undefined,
      { authorities: [expect.objectContaining({ id: 'default' })] },
    ],
  ])('%s the default authority', async (_, method, path, body, expected) => {
    const worker = await openWorker();
    const { status, json } = await worker.send(path, { method, body });
    expect({ status, json }).toMatchObject({ status: 200, json: expected });
  });

  it.each<[string, unknown, number, string]>([
    ['enable', '', 409, 'in-use'],
    ['certificate', { certificate: csrPem('p-256-sha256') }, 409, 'in-use'],
  ])('finds the default authority for /%s', async (action, body, status, code) => {
    const worker = await openWorker();
    const received = await worker.send(`${DEFAULT}/${action}`, { method: 'POST', body });
    expect(received).toMatchObject({ status, json: { code } });
  });

  it('says why there is no default authority', async () => {
    const worker = await openWorker({ CA_KEY: '' });
    expect(await worker.send(DEFAULT)).toMatchObject({
      status: 503,
      json: { code: 'authority-unavailable' },
    });
    expect(await worker.send('/api/v1/authorities')).toMatchObject({
      status: 200,
      json: { authorities: [] },
    });
  });

  it('finds no other authority', async () => {
    const worker = await openWorker();
    expect(
      await worker.send('/api/v1/authorities/none/disable', { method: 'POST', body: '' }),
    ).toMatchObject({ status: 404, json: { code: 'authority-not-found' } });
  });
});
