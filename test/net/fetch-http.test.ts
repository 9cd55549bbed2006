import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../src/net/create-network.ts';
import { parseIpAddress } from '../../src/x509/names/ip-address.ts';
import { type Answer, createFakePlatform, DOH_URL, type FakePlatform } from './fake-platform.ts';

/** Addresses by name; each query for a name takes the next one, and the last stays. */
type Names = Readonly<Record<string, readonly string[]>>;

const OK: Answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const redirectTo = (location: string): Answer => {
  return () => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
};

function createPlatform(
  names: Names,
  hosts: Readonly<Record<string, Answer>> = {},
  fetch?: (url: string) => Response,
): FakePlatform {
  const left = new Map(Object.entries(names).map(([name, addresses]) => [name, [...addresses]]));
  const dns = (question: string) => {
    const [name = '', type] = question.split(' ');
    const addresses = left.get(name) ?? [];
    const address = addresses.length > 1 && type === 'A' ? addresses.shift() : addresses[0];
    const octets = parseIpAddress(address ?? '');
    return octets !== null && (octets.length === 4) === (type === 'A') ? [octets] : [];
  };
  return createFakePlatform(dns, hosts, fetch);
}

function fetchBy(platform: FakePlatform, name = 'a.example', allowPrivateAddresses = false) {
  const settings = { dohUrl: DOH_URL, acmeHttpPort: 80, acmeTlsPort: 443, allowPrivateAddresses };
  const network = createNetwork(settings, platform);
  return network.fetchHttp({ type: 'dns', value: name }, '/x', AbortSignal.timeout(5000));
}

describe('fetchHttp', () => {
  it('connects to the address that the resolver named', async () => {
    const platform = createPlatform({ 'a.example': ['1.2.3.4'] }, { '1.2.3.4:80': OK });
    const { status, body, url } = await fetchBy(platform);
    expect([status, new TextDecoder().decode(body), url]).toEqual([
      200,
      'hello',
      'http://a.example/x',
    ]);
    expect(platform.connections).toEqual(['1.2.3.4:80']);
  });

  it.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://0177.0.0.1:80/',
    'https://169.254.169.254/latest/meta-data',
    'http://inside.example/',
    '//inside.example/',
    'http://inside.example./',
  ])('does not follow a redirect to %s', async (location) => {
    const platform = createPlatform(
      { 'a.example': ['1.2.3.4'], 'inside.example': ['10.0.0.1'] },
      { '1.2.3.4:80': redirectTo(location) },
    );
    await expect(fetchBy(platform)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringContaining('special-purpose'),
    });
    expect(platform.connections).toEqual(['1.2.3.4:80']);
  });

  it('judges the address that it connects to, whatever the name resolves to next', async () => {
    const names = { 'a.example': ['1.2.3.4', '127.0.0.1'] };
    const platform = createPlatform(names, { '1.2.3.4:80': OK, '127.0.0.1:80': OK });
    expect((await fetchBy(platform)).status).toBe(200);
    await expect(fetchBy(platform)).rejects.toMatchObject({ code: 'connection' });
    expect(platform.connections).toEqual(['1.2.3.4:80']);
  });

  it('resolves again at each redirect', async () => {
    const platform = createPlatform(
      { 'a.example': ['1.2.3.4', '127.0.0.1'] },
      { '1.2.3.4:80': redirectTo('/next'), '127.0.0.1:80': OK },
    );
    await expect(fetchBy(platform)).rejects.toMatchObject({ code: 'connection' });
  });

  it('connects to special-purpose addresses if the settings say so', async () => {
    const platform = createPlatform({ 'a.example': ['10.0.0.1'] }, { '10.0.0.1:80': OK });
    expect((await fetchBy(platform, 'a.example', true)).status).toBe(200);
  });

  it('uses the public address of a name that has a special-purpose one too', async () => {
    const dns = (question: string) =>
      question === 'a.example A' ? [Uint8Array.of(1, 2, 3, 4)] : [new Uint8Array(16)];
    const platform = createFakePlatform(dns, { '1.2.3.4:80': OK });
    expect((await fetchBy(platform)).status).toBe(200);
    expect(platform.connections).toEqual(['1.2.3.4:80']);
  });

  it('tries at most two addresses of a family', async () => {
    const dns = () => [1, 2, 3, 4].map((last) => Uint8Array.of(9, 9, 9, last));
    const platform = createFakePlatform(dns);
    await expect(fetchBy(platform)).rejects.toMatchObject({ code: 'connection' });
    expect(platform.connections).toEqual(['9.9.9.1:80', '9.9.9.2:80']);
  });

  it("fetches by name what has only addresses of Cloudflare's proxy", async () => {
    const platform = createPlatform({ 'a.example': ['104.16.0.1'] }, {}, () => new Response('hi'));
    const { status, body } = await fetchBy(platform);
    expect([status, new TextDecoder().decode(body)]).toEqual([200, 'hi']);
    expect(platform.fetched).toEqual(['http://a.example/x']);
  });

  it('checks the redirects of what it fetches by name', async () => {
    const redirect = () =>
      new Response(null, { status: 301, headers: { Location: 'http://[::1]' } });
    const platform = createPlatform({ 'a.example': ['104.16.0.1'] }, {}, redirect);
    await expect(fetchBy(platform)).rejects.toMatchObject({
      message: expect.stringContaining('special-purpose'),
    });
    expect(platform.fetched).toEqual(['http://a.example/x']);
  });

  it('bounds what it fetches by name', async () => {
    const long = () => new Response('x'.repeat(70_000));
    const platform = createPlatform({ 'a.example': ['104.16.0.1'] }, {}, long);
    await expect(fetchBy(platform)).rejects.toMatchObject({ code: 'response' });
  });

  it('never fetches by name what another host refuses', async () => {
    const platform = createPlatform({ 'a.example': ['1.2.3.4'] });
    await expect(fetchBy(platform)).rejects.toMatchObject({ code: 'connection' });
    expect(platform.fetched).toEqual([]);
  });

  it.each(['', 'a..example', `${'a'.repeat(64)}.example`, 'a b', 'ü.example'])(
    'refuses the host %j',
    async (name) => {
      await expect(fetchBy(createPlatform({}), name)).rejects.toMatchObject({
        name: 'NetworkError',
        code: 'dns',
      });
    },
  );
});
