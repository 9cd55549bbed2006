import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const read = (values: Readonly<Record<string, unknown>>) => readConfig({ DB: env.DB, ...values });
const key = (length: number) => new Uint8Array(length).fill(0x5a).toBase64();

describe('readConfig', () => {
  it('has defaults for all settings except secrets', () => {
    expect(read({})).toEqual({
      caKeyPem: null,
      caCertificatePem: null,
      caKeyPems: new Map(),
      openSslCaSecret: null,
      openSslCaPolicyId: null,
      rootAccessKey: null,
      sealingKeys: new Map(),
      publicationUrl: 'http://127.0.0.1:8787',
      publicUrl: 'http://127.0.0.1:8787',
      caSubject: 'CN=Signet Root CA',
      caValidityDays: 9131,
      edgeTtlSeconds: 60,
      expiringDays: [30, 14, 7, 1],
      webhookAttempts: 30,
      crlLifetimeSeconds: 604800,
      crlRenewBeforeSeconds: 86400,
      ocspLifetimeSeconds: 14400,
      retentionSeconds: 315360000,
      allowHttpApi: false,
      inventoryQuota: 200,
      authorityQuota: 10,
      bceFieldCase: 'camel',
      profiles: expect.any(Map),
      dohUrl: 'https://cloudflare-dns.com/dns-query',
      acmeHttpPort: 80,
      acmeTlsPort: 443,
      allowPrivateAddresses: false,
      acmeCaaIdentities: [],
      acmeNoCaaSuffixes: [],
      acmeTermsOfService: null,
      acmeWebsite: null,
      problems: [],
    });
  });

  it('treats an empty string as a setting that is not set', () => {
    const empty = { CA_KEY: '', PUBLIC_URL: '', CA_VALIDITY_DAYS: '', OPENSSL_CA_SECRET: '' };
    expect(read(empty)).toEqual(read({}));
  });

  it('is frozen', () => {
    expect(Object.isFrozen(read({}))).toBe(true);
  });

  it.each<[string, string, string, unknown]>([
    ['CA_KEY', 'caKeyPem', 'some PEM', 'some PEM'],
    ['CA_CERT', 'caCertificatePem', 'some PEM', 'some PEM'],
    ['OPENSSL_CA_SECRET', 'openSslCaSecret', 'a'.repeat(32), 'a'.repeat(32)],
    ['OPENSSL_CA_POLICY', 'openSslCaPolicyId', 'pol-0123456789ab', 'pol-0123456789ab'],
    ['PUBLICATION_URL', 'publicationUrl', 'http://ca.example/', 'http://ca.example'],
    ['PUBLICATION_URL', 'publicationUrl', 'http://CA.example:8080', 'http://ca.example:8080'],
    ['PUBLIC_URL', 'publicUrl', 'https://ca.example', 'https://ca.example'],
    ['CA_SUBJECT', 'caSubject', 'CN=My Root,O=Me', 'CN=My Root,O=Me'],
    ['CA_VALIDITY_DAYS', 'caValidityDays', '1', 1],
    ['CA_VALIDITY_DAYS', 'caValidityDays', '36525', 36525],
    ['EDGE_TTL_SECONDS', 'edgeTtlSeconds', '0', 0],
    ['CRL_LIFETIME_HOURS', 'crlLifetimeSeconds', '24', 86400],
    ['OCSP_LIFETIME_SECONDS', 'ocspLifetimeSeconds', '3600', 3600],
    ['RETENTION_DAYS', 'retentionSeconds', '2', 172800],
    ['ALLOW_HTTP_API', 'allowHttpApi', 'true', true],
    ['ALLOW_HTTP_API', 'allowHttpApi', '1', true],
    ['ALLOW_HTTP_API', 'allowHttpApi', 'false', false],
    ['ALLOW_HTTP_API', 'allowHttpApi', '0', false],
    ['INVENTORY_QUOTA', 'inventoryQuota', '0', 0],
    ['AUTHORITY_QUOTA', 'authorityQuota', '0', 0],
    ['BCE_FIELD_CASE', 'bceFieldCase', 'lower', 'lower'],
    ['BCE_FIELD_CASE', 'bceFieldCase', 'camel', 'camel'],
    ['DOH_URL', 'dohUrl', 'https://dns.example/dns-query', 'https://dns.example/dns-query'],
    ['ACME_HTTP_PORT', 'acmeHttpPort', '5002', 5002],
    ['ACME_TLS_PORT', 'acmeTlsPort', '65535', 65535],
    ['ALLOW_PRIVATE_ADDRESSES', 'allowPrivateAddresses', 'true', true],
    [
      'ACME_CAA_IDENTITIES',
      'acmeCaaIdentities',
      'CA.example, b.example',
      ['ca.example', 'b.example'],
    ],
    [
      'ACME_NO_CAA_SUFFIXES',
      'acmeNoCaaSuffixes',
      '.internal corp.example.',
      ['internal', 'corp.example'],
    ],
    [
      'ACME_TERMS_OF_SERVICE',
      'acmeTermsOfService',
      'https://ca.example/tos',
      'https://ca.example/tos',
    ],
    ['ACME_WEBSITE', 'acmeWebsite', 'https://ca.example', 'https://ca.example'],
  ])('reads %s into %s', (name, field, text, value) => {
    const config = read({ [name]: text });
    expect(config.problems).toEqual([]);
    expect(config).toHaveProperty(field, value);
  });

  it.each<[string, unknown]>([
    ['CA_KEY', 5],
    ['OPENSSL_CA_SECRET', 'a'.repeat(31)],
    ['OPENSSL_CA_POLICY', 'web'],
    ['OPENSSL_CA_SECRET', 'a'.repeat(33)],
    ['OPENSSL_CA_SECRET', `${'a'.repeat(31)} `],
    ['OPENSSL_CA_SECRET', `${'a'.repeat(31)}é`],
    ['OPENSSL_CA_SECRET', `${'a'.repeat(32)}\n`],
    ['PUBLICATION_URL', 'https://ca.example'],
    ['PUBLICATION_URL', 'http://ca.example/path'],
    ['PUBLICATION_URL', 'http://ca.example/?q'],
    ['PUBLICATION_URL', 'http://ca.example/#f'],
    ['PUBLICATION_URL', 'http://user@ca.example'],
    ['PUBLICATION_URL', 'ca.example'],
    ['PUBLIC_URL', 'ftp://ca.example'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['CA_VALIDITY_DAYS', '0'],
    ['CA_VALIDITY_DAYS', '36526'],
    ['CA_VALIDITY_DAYS', '-1'],
    ['CA_VALIDITY_DAYS', '1e3'],
    ['CA_VALIDITY_DAYS', '0x10'],
    ['CA_VALIDITY_DAYS', ' 10'],
    ['CA_VALIDITY_DAYS', 10],
    ['EDGE_TTL_SECONDS', '86401'],
    ['EDGE_TTL_SECONDS', '1.5'],
    ['CRL_LIFETIME_HOURS', '0'],
    ['CRL_LIFETIME_HOURS', '8785'],
    ['OCSP_LIFETIME_SECONDS', '59'],
    ['RETENTION_DAYS', '0'],
    ['ALLOW_HTTP_API', 'yes'],
    ['ALLOW_HTTP_API', true],
    ['INVENTORY_QUOTA', '-1'],
    ['INVENTORY_QUOTA', '1000001'],
    ['AUTHORITY_QUOTA', '10001'],
    ['BCE_FIELD_CASE', 'upper'],
    ['DOH_URL', 'dns.example'],
    ['DOH_URL', 'ftp://dns.example'],
    ['ACME_HTTP_PORT', '0'],
    ['ACME_TLS_PORT', '65536'],
    ['ALLOW_PRIVATE_ADDRESSES', 'maybe'],
    ['ACME_CAA_IDENTITIES', 'ca.example,*.example'],
    ['ACME_NO_CAA_SUFFIXES', 'über.example'],
    ['ACME_TERMS_OF_SERVICE', 'javascript:alert(1)'],
    ['ACME_WEBSITE', 'https://user@ca.example'],
    ['SEALING_KEY', key(31)],
    ['SEALING_KEY', 'not base64!'],
    ['SEALING_KEY_V2', key(33)],
    ['ROOT_ACCESS_KEY_ID', 'with:colon'],
    ['ROOT_ACCESS_KEY_ID', 'a'.repeat(65)],
    ['ROOT_ACCESS_KEY_SECRET', 'fifteen letters'],
    ['PROFILES', '[]'],
    ['PROFILES', '{'],
    ['PROFILES', '{"x": {"validityDays": 0}}'],
  ])('reports %s as a problem if it is %j', (name, value) => {
    const { problems } = read({ [name]: value });
    expect(problems.map((problem) => problem.name)).toEqual([name]);
    expect(problems[0]?.message).toBeTruthy();
  });

  it('reports every problem, not only the first', () => {
    const { problems } = read({ CA_VALIDITY_DAYS: 'x', EDGE_TTL_SECONDS: 'y', PUBLIC_URL: 'z' });
    expect(problems.map(({ name }) => name).sort()).toEqual([
      'CA_VALIDITY_DAYS',
      'EDGE_TTL_SECONDS',
      'PUBLIC_URL',
    ]);
  });

  it('never quotes a secret in a problem', () => {
    const secret = 'very-secret';
    for (const name of [
      'CA_KEY',
      'CA_CERT',
      'OPENSSL_CA_SECRET',
      'SEALING_KEY',
      'SEALING_KEY_V3',
      'ROOT_ACCESS_KEY_ID',
      'ROOT_ACCESS_KEY_SECRET',
      'PUBLICATION_URL',
      'PUBLIC_URL',
      'PROFILES',
    ]) {
      for (const value of [secret, `${secret}:${'x'.repeat(80)}`, `{"${secret}`]) {
        expect(JSON.stringify(read({ [name]: value }).problems), name).not.toContain(secret);
      }
    }
  });

  it('needs both halves of the root access key', () => {
    expect(
      read({ ROOT_ACCESS_KEY_ID: 'root', ROOT_ACCESS_KEY_SECRET: 'x'.repeat(16) }),
    ).toMatchObject({ rootAccessKey: { id: 'root', secret: 'x'.repeat(16) }, problems: [] });
    expect(read({ ROOT_ACCESS_KEY_ID: 'root' })).toMatchObject({
      rootAccessKey: null,
      problems: [{ name: 'ROOT_ACCESS_KEY_SECRET', message: expect.stringMatching(/^is missing/) }],
    });
    expect(read({ ROOT_ACCESS_KEY_SECRET: 'x'.repeat(16) })).toMatchObject({
      rootAccessKey: null,
      problems: [{ name: 'ROOT_ACCESS_KEY_ID', message: expect.stringMatching(/^is missing/) }],
    });
  });

  it('keeps every version of the sealing key', () => {
    const { sealingKeys, problems } = read({
      SEALING_KEY: `${key(32)}\n`,
      SEALING_KEY_V2: key(32),
      SEALING_KEY_V17: key(32),
      SEALING_KEY_OLD: 'ignored',
    });
    expect(problems).toEqual([]);
    expect([...sealingKeys.keys()].sort((a, b) => a - b)).toEqual([1, 2, 17]);
    expect(sealingKeys.get(1)).toEqual(new Uint8Array(32).fill(0x5a));
  });

  it('renews a CRL when a seventh of its lifetime is left', () => {
    expect(read({ CRL_LIFETIME_HOURS: '7' }).crlRenewBeforeSeconds).toBe(3600);
  });

  it('adds profiles to the built-in ones and replaces those of the same name', () => {
    const { profiles, problems } = read({
      PROFILES: JSON.stringify({
        'tls-server': { validityDays: 7, extendedKeyUsages: ['serverAuth'] },
        mine: { validityDays: 1, extendedKeyUsages: ['clientAuth'] },
      }),
    });
    expect(problems).toEqual([]);
    expect(profiles.get('tls-server')?.validitySeconds).toBe(7 * 86_400);
    expect([...profiles.keys()].sort()).toEqual([
      'cas',
      'mine',
      'tls-client',
      'tls-server',
      'tls-server-client',
    ]);
  });

  it('reads further CA keys from secrets named CA_KEY_…', () => {
    const { caKeyPems, problems } = readConfig({
      DB: env.DB,
      CA_KEY: 'a',
      CA_KEY_WEB: 'b',
      CA_KEY_2: 'c',
      CA_KEY_lower: 'd',
      CA_KEYS: 'e',
      CA_KEY_EMPTY: '',
    });
    expect([...caKeyPems]).toEqual([
      ['CA_KEY_WEB', 'b'],
      ['CA_KEY_2', 'c'],
    ]);
    expect(problems).toEqual([]);
  });
});
