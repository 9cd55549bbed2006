import { describe, expect, it } from 'vitest';
import { createSender } from '../../src/net/create-network.ts';
import { parseIpAddress } from '../../src/x509/names/ip-address.ts';
import { createFakePlatform, DOH_URL } from './fake-platform.ts';

const REQUEST = { headers: { 'webhook-id': 'evt-1-1' }, body: '{}' };

function open(
  addresses: Readonly<Record<string, readonly string[]>>,
  allowPrivateAddresses = false,
  answer: () => Response = () => new Response(null, { status: 204 }),
) {
  const dns = (question: string) =>
    (addresses[question] ?? []).map((text) => parseIpAddress(text) ?? new Uint8Array(0));
  const platform = createFakePlatform(dns, {}, answer);
  const post = createSender({ dohUrl: DOH_URL, allowPrivateAddresses }, platform);
  return {
    platform,
    post: (url: string, ms = 5000) => post(new URL(url), REQUEST, AbortSignal.timeout(ms)),
  };
}

describe('createSender', () => {
  it('sends to a public host and returns the status', async () => {
    const { post, platform } = open({ 'a.example A': ['93.184.216.34'] });
    expect(await post('https://a.example/hook')).toBe(204);
    expect(platform.fetched).toEqual(['https://a.example/hook']);
  });

  it.each([
    [{ 'a.example A': ['10.0.0.1'] }, 'https://a.example/', 'private use'],
    [{ 'a.example A': ['93.184.216.34', '127.0.0.1'] }, 'https://a.example/', 'loopback'],
    [
      { 'a.example A': ['93.184.216.34'], 'a.example AAAA': ['::ffff:10.0.0.1'] },
      'https://a.example/',
      'IPv4-mapped',
    ],
    [{ 'a.example AAAA': ['64:ff9b::a00:1'] }, 'https://a.example/', 'private use'],
    [{}, 'https://a.example/', 'no A or AAAA records'],
    [{}, 'https://169.254.169.254/', 'link-local'],
    [{}, 'https://0x7f.1/', 'loopback'],
    [{}, 'https://2130706433/', 'loopback'],
    [{}, 'https://[::1]/', 'loopback'],
    [{}, 'https://[::ffff:127.0.0.1]/', 'IPv4-mapped'],
    [{}, 'https://localhost/', 'private host'],
    [{ 'a.example A': ['93.184.216.34'] }, 'http://a.example/', 'https://'],
  ])('refuses %j %s', async (addresses, url, reason) => {
    const { post, platform } = open(addresses);
    await expect(post(url)).rejects.toThrow(reason);
    expect(platform.fetched).toEqual([]);
  });

  it('asks again for each request, so that a name which changes is refused', async () => {
    const addresses = { 'a.example A': ['93.184.216.34'] };
    const { post, platform } = open(addresses);
    await post('https://a.example/');
    addresses['a.example A'] = ['192.168.1.1'];
    await expect(post('https://a.example/')).rejects.toThrow('private use');
    expect(platform.fetched).toHaveLength(1);
  });

  it('sends to private hosts, also by http, if the deployment allows it', async () => {
    const { post } = open({}, true);
    expect(await post('http://10.0.0.1:8080/')).toBe(204);
  });

  it('returns the status of a redirect, and does not follow it', async () => {
    const headers = { Location: 'https://b.example/' };
    const { post, platform } = open(
      { 'a.example A': ['93.184.216.34'] },
      false,
      () => new Response(null, { status: 307, headers }),
    );
    expect(await post('https://a.example/')).toBe(307);
    expect(platform.fetched).toEqual(['https://a.example/']);
  });

  it('does not read a body, however long', async () => {
    let produced = 0;
    let cancelled = false;
    const body = () =>
      new ReadableStream({
        pull(controller) {
          produced++;
          controller.enqueue(new Uint8Array(65536));
        },
        cancel() {
          cancelled = true;
        },
      });
    const { post } = open({ 'a.example A': ['93.184.216.34'] }, false, () => new Response(body()));
    expect(await post('https://a.example/')).toBe(200);
    expect(cancelled).toBe(true);
    expect(produced).toBeLessThan(3);
  });

  it('says that a connection or its certificate failed', async () => {
    const { post } = open({ 'a.example A': ['93.184.216.34'] }, false, () => {
      throw new TypeError('TLS peer certificate is not trusted');
    });
    await expect(post('https://a.example/')).rejects.toThrow(
      'Cannot send to a.example: it cannot be reached, or its certificate does not verify.',
    );
  });
});
