import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AUTHORIZATION, openWorker, type TestWorker } from './worker.ts';

let worker: TestWorker;
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker();
});

const headers = { Authorization: AUTHORIZATION };

describe('JSON answers', () => {
  it.each([
    ['/healthz', 200],
    ['/api/v1/accounts', 200],
    ['/api/v1/audit', 200],
    ['/api/v1/audit/verify', 200],
    ['/api/v1/authorities/nobody', 404],
    ['/ca/nobody.crt', 404],
    ['/nothing', 404],
  ])('of %s end with one newline', async (path, status) => {
    const { response, text } = await worker.send(path, { headers });
    expect(response.status).toBe(status);
    expect(text).toMatch(/^\{.*\}\n$/);
    expect((await worker.send(path, { headers, method: 'HEAD' })).text).toBe('');
  });

  it('end with one newline when they are replayed', async () => {
    const create = () =>
      worker.send('/api/v1/accounts', {
        method: 'POST',
        headers: { ...headers, 'Idempotency-Key': 'one' },
        body: '{"name":"web"}',
      });
    const first = await create();
    expect(first.text).toMatch(/^\{.*\}\n$/);
    const second = await create();
    expect(second.response.headers.get('Idempotency-Replayed')).toBe('true');
    expect(second.text).toBe(first.text);
  });

  it.each([
    ['/api/ca/sign', 'POST'],
    ['/v1/certificate', 'GET'],
    ['/?Action=DescribeCACertificateList', 'GET'],
  ])('of the dialect at %s keep the bytes of the original', async (path, method) => {
    const { text } = await worker.send(path, { method });
    expect(text).toMatch(/^\{.*\}$/);
  });
});
