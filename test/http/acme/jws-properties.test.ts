import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeJson, type Jws, signJws } from '../../acme/jws.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, BASE, JOSE, openRegistered } from './acme-client.ts';
import { countAcme } from './expect-problem.ts';

captureLog();

const ADDRESSES = ['new-account', 'new-order', 'revoke-cert', 'key-change', 'acct/x', 'order/x'];

let live: LiveWorker;
let client: AcmeClient;
let before: Record<string, number>;

beforeEach(async () => {
  live = await openWorker();
  client = await openRegistered(live);
  before = await countAcme(live);
});

/** Expects a refusal that says what is wrong, with a nonce to try again. */
async function expectRefusal({ status, headers, json, text }: Received): Promise<void> {
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(status, text).toBeLessThan(500);
  expect(String(json.type)).toMatch(/^urn:ietf:params:acme:error:[A-Za-z]+$/);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Replay-Nonce')).toHaveLength(43);
  expect(await countAcme(live)).toEqual(before);
}

const send = (address: string, body: string) =>
  client.send(`${BASE}/${address}`, { method: 'POST', body, headers: { 'Content-Type': JOSE } });

const anAddress = fc.constantFrom(...ADDRESSES);
const aMember = fc.constantFrom('protected' as const, 'payload' as const, 'signature' as const);
const aParameter = fc.constantFrom('alg', 'url', 'kid', 'jwk', 'nonce', 'crit', 'b64');

function signNothing(header: object = {}): Promise<Jws> {
  const url = client.account ?? '';
  return signJws(client.key, { kid: url, url, ...header }, {});
}

describe('the JWS layer', () => {
  it('refuses any JSON value as the body', async () => {
    await fc.assert(
      fc.asyncProperty(anAddress, fc.jsonValue(), async (address, value) => {
        await expectRefusal(await send(address, JSON.stringify(value)));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses any text and any bytes as the body', async () => {
    await fc.assert(
      fc.asyncProperty(anAddress, fc.string({ unit: 'binary' }), async (address, text) => {
        await expectRefusal(await send(address, text));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a JWS with any other value in place of a member', async () => {
    await fc.assert(
      fc.asyncProperty(
        aMember,
        fc.oneof(fc.jsonValue(), fc.base64String()),
        async (name, value) => {
          const jws = await signNothing({ nonce: await client.nonce() });
          if (value === jws[name]) return;
          const url = client.account?.slice(BASE.length + 1) ?? '';
          await expectRefusal(await send(url, JSON.stringify({ ...jws, [name]: value })));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses a JWS with any other value in place of a parameter', async () => {
    await fc.assert(
      fc.asyncProperty(aParameter, fc.jsonValue(), async (name, value) => {
        const header = { nonce: await client.nonce(), [name]: value };
        const url = client.account?.slice(BASE.length + 1) ?? '';
        if (name === 'b64') Object.assign(header, { crit: ['b64'] });
        await expectRefusal(await send(url, JSON.stringify(await signNothing(header))));
      }),
      { numRuns: 100 },
    );
  });

  it('refuses a JWS with any bit of it changed', async () => {
    await fc.assert(
      fc.asyncProperty(aMember, fc.nat(), fc.nat(5), async (name, at, bit) => {
        const jws = await signNothing({ nonce: await client.nonce() });
        const url = client.account?.slice(BASE.length + 1) ?? '';
        const changed = flip(jws[name], at % jws[name].length, bit);
        await expectRefusal(await send(url, JSON.stringify({ ...jws, [name]: changed })));
      }),
      { numRuns: 150 },
    );
  });

  it('refuses any JWK as the key of a new account', async () => {
    const aKey = fc.record(
      {
        kty: fc.constantFrom('EC', 'RSA', 'OKP', 'oct', 7),
        crv: fc.constantFrom('P-256', 'P-384', 'P-521', 'Ed25519', 'secp256k1', null),
        x: fc.oneof(fc.base64String(), fc.constant('A'.repeat(43)), fc.jsonValue()),
        y: fc.oneof(fc.base64String(), fc.constant('A'.repeat(43)), fc.jsonValue()),
        n: fc.oneof(fc.base64String({ maxLength: 2000 }), fc.jsonValue()),
        e: fc.oneof(fc.base64String(), fc.constant('AQAB'), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(aKey, async (jwk) => {
        const url = `${BASE}/new-account`;
        const header = { alg: 'ES256', jwk, url, nonce: await client.nonce() };
        const jws = { protected: encodeJson(header), payload: encodeJson({}), signature: 'AAAA' };
        await expectRefusal(await send('new-account', JSON.stringify(jws)));
      }),
      { numRuns: 100 },
    );
  });
});

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Changes one of the six bits of a character of base64url. */
function flip(text: string, at: number, bit: number): string {
  const value = ALPHABET.indexOf(text.charAt(at)) ^ (1 << bit);
  return `${text.slice(0, at)}${ALPHABET.charAt(value)}${text.slice(at + 1)}`;
}
