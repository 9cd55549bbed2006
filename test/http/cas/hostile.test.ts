import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import { readPassthrough } from '../../../src/http/cas/passthrough.ts';
import { unflatten } from '../../../src/http/cas/unflatten.ts';
import { openWorker, type TestWorker } from '../../integration/worker.ts';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { countRows } from '../../store/database.ts';
import { call, createInstance } from './cas-client.ts';

let worker: TestWorker;
let good: Record<string, string>;
beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  worker = await openWorker({ CALLS_PER_ACCESS_KEY: undefined });
  good = {
    InstanceId: await createInstance(worker),
    Csr: await makeCsrPem({ subject: [commonName('Sub')] }),
    Validity: '1y',
  };
});

const name = fc.constantFrom(
  'Action',
  'ApiPassthrough',
  'ApiPassthrough.Subject',
  'ApiPassthrough.Subject.CommonName',
  'ApiPassthrough.Extensions.ExtendedKeyUsages.1',
  'ApiPassthrough.Extensions.ExtendedKeyUsages.3',
  'ApiPassthrough.Extensions.PathLenConstraint',
  'ApiPassthrough..',
  'constructor',
  '__proto__',
);
const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '0', '{}', '[]', 'null', '{"Subject":', 'CN', '-----BEGIN'),
  fc.json(),
);

describe('hostile parameters', () => {
  it('are refused with errors of the dialect, and nothing is signed', async () => {
    const wrong = fc.record({
      InstanceId: fc.oneof(value, fc.constant(undefined)),
      Csr: fc.oneof(value, fc.constant(undefined)),
      Validity: fc.oneof(value, fc.constant(undefined)),
    });
    await fc.assert(
      fc.asyncProperty(
        wrong,
        fc.dictionary(name, value),
        fc.nat(2),
        async (three, more, broken) => {
          const [field = ''] = Object.keys(three).slice(broken);
          // One of the three is random, and random text is never valid.
          const parameters: Record<string, string> = { ...good, ...more };
          delete parameters[field];
          const made = Object.entries(three).find(([each]) => each === field)?.[1];
          if (made !== undefined) parameters[field] = made;
          const { status, body } = await call(worker, parameters);
          expect(status).toBeGreaterThanOrEqual(400);
          expect(status).toBeLessThan(500);
          expect(Object.keys(body)).toEqual([
            'RequestId',
            'HostId',
            'Code',
            'Message',
            'Recommend',
          ]);
        },
      ),
      { numRuns: 100 },
    );
    expect(await countRows(worker.db, 'certificates')).toBe(0);
  });
});

describe('readPassthrough', () => {
  it('returns a result or a SignetError for any text', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (parameters) => {
        try {
          readPassthrough(new Map(Object.entries(parameters)));
        } catch (error) {
          expect(error).toBeInstanceOf(SignetError);
        }
      }),
    );
  });
});

describe('unflatten', () => {
  const put = (parameters: Record<string, string>) =>
    unflatten(new Map(Object.entries(parameters)), 'A');

  it('restores objects and lists', () => {
    expect(put({ 'A.B.C': '1', 'A.D.2': 'y', 'A.D.1': 'x', AB: '2', 'B.C': '3' })).toEqual({
      B: { C: '1' },
      D: ['x', 'y'],
    });
    expect(put({ A: '1', B: '2' })).toBeNull();
    const items = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`A.L.${at + 1}`, `${at}`]),
    );
    expect(put(items)).toEqual({ L: Array.from({ length: 12 }, (_, at) => `${at}`) });
  });

  it.each([
    { 'A.B': '1', 'A.B.C': '2' },
    { 'A.B.C': '1', 'A.B': '2' },
    { 'A.D.1': '1', 'A.D.3': '3' },
    { 'A.D.0': '0' },
    { 'A.D.01': '0' },
    { 'A.D.1': '1', 'A.D.E': '2' },
    { [`A${'.B'.repeat(20)}`]: '1' },
  ])('refuses %j', (parameters) => {
    expect(() => put(parameters)).toThrow(expect.objectContaining({ code: 'invalid-parameter' }));
  });

  it('does not set a prototype by a name', () => {
    const made = put({ 'A.__proto__.polluted': '1' });
    expect(Object.hasOwn(made ?? {}, '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
