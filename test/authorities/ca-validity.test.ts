import { describe, expect, it } from 'vitest';
import { resolveCaValidity } from '../../src/authorities/ca-validity.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { makeCertificate, NOW_MS, NOW_SECONDS, openIssuer, YEAR_SECONDS } from './make-ca.ts';

const END = (year: number) => Date.UTC(year, 5, 1, 12) / 1000;

/** CAs above that end so many seconds from now on. */
async function issuers(...secondsLeft: number[]) {
  const issuer = await openIssuer('CN=Above', 'p-256');
  const made = secondsLeft.map(async (left) =>
    parseCertificate(
      await makeCertificate(issuer, issuer, { notAfterSeconds: NOW_SECONDS + left }),
    ),
  );
  return { issuers: await Promise.all(made) };
}

describe('the default validity', () => {
  it('is 25 years for a root', () => {
    expect(resolveCaValidity(null, null, NOW_MS)).toEqual({
      notBeforeSeconds: NOW_SECONDS - 300,
      notAfterSeconds: END(2051),
    });
  });

  it('is 5 years below another CA', async () => {
    const above = await issuers(9 * YEAR_SECONDS, 20 * YEAR_SECONDS);
    expect(resolveCaValidity(null, above, NOW_MS).notAfterSeconds).toBe(END(2031));
  });

  it('ends with the first CA above that ends', async () => {
    const above = await issuers(3 * YEAR_SECONDS, 2 * YEAR_SECONDS + 1);
    const { notAfterSeconds } = resolveCaValidity(null, above, NOW_MS);
    expect(notAfterSeconds).toBe(NOW_SECONDS + 2 * YEAR_SECONDS + 1);
  });

  it('fits below a CA that got the default a moment ago', async () => {
    const above = await issuers(END(2031) - NOW_SECONDS);
    const { notAfterSeconds } = resolveCaValidity(null, above, NOW_MS + 1000);
    expect(notAfterSeconds).toBe(END(2031));
  });

  it('is refused below an expired CA', async () => {
    const above = await issuers(0);
    expect(() => resolveCaValidity(null, above, NOW_MS)).toThrow(
      expect.objectContaining({ code: 'invalid-parameter', field: 'validity' }),
    );
  });
});

describe('a requested validity', () => {
  it('is never shortened', async () => {
    const above = await issuers(2 * YEAR_SECONDS);
    expect(resolveCaValidity('1y', above, NOW_MS).notAfterSeconds).toBe(END(2027));
    expect(() => resolveCaValidity('5y', above, NOW_MS)).toThrow(
      /latest possible end is 2028-05-31T12:00:00Z/,
    );
  });
});
