import { describe, expect, it } from 'vitest';
import { encodeDnsQuery } from '../../src/net/dns-message.ts';
import { createDnsResolver } from '../../src/net/resolve-dns.ts';

const HEADER_BYTES = 12;
const CNAME = 5;
const TXT = 16;
const SOA = 6;

interface Answer {
  /** Owner, type and data of each record. */
  readonly answers?: readonly (readonly [string, number, Uint8Array])[];
  readonly code?: number;
  /** Whether the authority section has an SOA record. */
  readonly negative?: boolean;
}

/** @param zone the answer for each name */
function createResolver(zone: (name: string) => Answer) {
  const asked: string[] = [];
  const queryDns = createDnsResolver('https://dns.test/', async (_, init) => {
    const query = new Uint8Array(await new Response(init.body ?? null).arrayBuffer());
    const question = query.subarray(HEADER_BYTES);
    const name = readName(question);
    asked.push(name);
    const { answers = [], code = 0, negative = false } = zone(name);
    const header = [0, 0, 0x81, 0x80 + code, 0, 1, 0, answers.length, 0, negative ? 1 : 0, 0, 0];
    const records = [
      ...answers,
      ...(negative ? [['test', SOA, new Uint8Array(22)] as const] : []),
    ].flatMap(([owner, type, data]) => [
      ...[...encodeName(owner), 0, type, 0, 1, 0, 0, 0, 60, 0, data.length],
      ...data,
    ]);
    return new Response(Uint8Array.from([...header, ...question, ...records]));
  });
  const ask = async (name: string) => {
    const data = await queryDns(name, 'TXT', AbortSignal.timeout(5000));
    return data.map((bytes) => new TextDecoder().decode(bytes));
  };
  return { ask, asked };
}

function readName(bytes: Uint8Array): string {
  const length = bytes[0] ?? 0;
  if (length === 0) return '';
  const label = new TextDecoder().decode(bytes.subarray(1, 1 + length));
  const rest = readName(bytes.subarray(1 + length));
  return rest === '' ? label : `${label}.${rest}`;
}

function encodeName(name: string): Uint8Array {
  return encodeDnsQuery(name, TXT).subarray(HEADER_BYTES, -4);
}

const alias = (from: string, to: string) => [from, CNAME, encodeName(to)] as const;
const text = (name: string, value: string) => [name, TXT, new TextEncoder().encode(value)] as const;

describe('createDnsResolver', () => {
  it('follows CNAMEs that the resolver followed, in any order', async () => {
    const answers = [text('c.test', 'x'), alias('b.test', 'c.test'), alias('a.test', 'b.test')];
    const { ask, asked } = createResolver(() => ({ answers }));
    expect(await ask('a.test')).toEqual(['x']);
    expect(asked).toEqual(['a.test']);
  });

  it('asks for the target of a CNAME that the resolver did not follow', async () => {
    const { ask, asked } = createResolver((name) => ({
      answers: name === 'b.test' ? [text('b.test', 'x')] : [alias('a.test', 'b.test')],
    }));
    expect(await ask('a.test')).toEqual(['x']);
    expect(asked).toEqual(['a.test', 'b.test']);
  });

  it('takes only records of the name at the end of the CNAMEs', async () => {
    const answers = [text('other.test', 'no'), text('a.test', 'yes'), alias('x.test', 'y.test')];
    expect(await createResolver(() => ({ answers })).ask('a.test')).toEqual(['yes']);
  });

  it.each([
    ['the name does not exist', { code: 3 }],
    ['an SOA record says so', { negative: true }],
  ])('does not ask again if %s', async (_, rest) => {
    const answers = [alias('a.test', 'b.test')];
    const { ask, asked } = createResolver(() => ({ answers, ...rest }));
    expect(await ask('a.test')).toEqual([]);
    expect(asked).toEqual(['a.test']);
  });

  it('refuses CNAMEs that form a loop, in one answer or in several', async () => {
    const loop = [alias('a.test', 'b.test'), alias('b.test', 'a.test')];
    const inOne = createResolver(() => ({ answers: loop }));
    await expect(inOne.ask('a.test')).rejects.toMatchObject({ code: 'dns' });
    const inSeveral = createResolver((name) => ({
      answers: loop.filter(([owner]) => owner === name),
    }));
    await expect(inSeveral.ask('a.test')).rejects.toMatchObject({ code: 'dns' });
    expect(inSeveral.asked).toHaveLength(8);
  });

  it('refuses CNAMEs without an end', async () => {
    let number = 0;
    const { ask, asked } = createResolver((name) => ({
      answers: [alias(name, `n${number++}.test`)],
    }));
    await expect(ask('a.test')).rejects.toMatchObject({ code: 'dns' });
    expect(asked).toHaveLength(8);
  });

  it.each([1, 2, 4, 5, 9])('refuses if the resolver answers with the code %i', async (code) => {
    await expect(createResolver(() => ({ code })).ask('a.test')).rejects.toMatchObject({
      code: 'dns',
      message: expect.stringContaining('a.test'),
    });
  });

  it('asks in lower case', async () => {
    const { ask, asked } = createResolver(() => ({ answers: [text('A.test', 'x')] }));
    expect(await ask('A.Test')).toEqual(['x']);
    expect(asked).toEqual(['a.test']);
  });
});
