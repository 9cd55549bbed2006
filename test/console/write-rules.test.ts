import { describe, expect, it } from 'vitest';
import { writeRules } from '../../src/console/pages/access/write-rules.ts';

describe('writeRules', () => {
  it('tells names from suffixes', () => {
    const rules = writeRules({
      dnsNames: '*.corp.example\nwww.test',
      wildcards: true,
      ipRanges: '10.0.0.0/8',
      isPreauthorized: true,
    });
    const acme = 'pre-authorized';
    expect(rules).toEqual({
      dnsNames: [
        { name: 'corp.example', match: 'any-depth', wildcards: true, acme },
        { name: 'www.test', match: 'exact', wildcards: false, acme },
      ],
      ipRanges: [{ range: '10.0.0.0/8', acme }],
    });
  });
});
