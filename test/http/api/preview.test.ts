import { beforeEach, describe, expect, it } from 'vitest';
import { csrPem } from '../../fixtures.ts';
import { commonName, makeCsrDer, makeCsrPem } from '../../make-csr.ts';
import { openServices, ROOT } from '../../policy/live-services.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

const log = captureLog();

const PREVIEW = '/api/v1/certificates/preview';

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

function messages(json: Readonly<Record<string, unknown>>): unknown[] {
  return Array.isArray(json.notes) ? json.notes.map(({ message }) => message) : [];
}

describe('POST /api/v1/certificates/preview', () => {
  it('answers what would be issued', async () => {
    const csr = csrPem('greedy');
    const { status, json, headers } = await live.send(PREVIEW, {
      body: { csr, profile: 'tls-server', validitySeconds: 3600 },
    });
    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(json).toMatchObject({
      authority: 'default',
      profile: 'tls-server',
      subject: 'CN=host.fixture.test,O=Fixture,C=CN',
      names: [{ kind: 'dns', value: 'host.fixture.test' }],
      decoded: {
        serial: null,
        signature: null,
        fingerprints: null,
        issuer: { text: 'CN=Signet Root CA' },
        publicKey: { algorithm: 'EC', curve: 'P-256' },
        signatureAlgorithm: { name: 'ecdsa-with-SHA256' },
      },
    });
    const validity = Date.parse(String(json.notAfter)) - Date.parse(String(json.notBefore));
    expect(validity / 1000).toBe(3600 + 300);
  });

  it('notes what the profile leaves out, adds and changes', async () => {
    const { json } = await live.send(PREVIEW, { body: { csr: csrPem('greedy') } });
    expect(json.notes).toEqual([
      {
        change: 'changed',
        part: 'basicConstraints',
        message: 'The CSR asks for basicConstraints: CA:TRUE. The certificate gets: CA:FALSE.',
      },
      {
        change: 'changed',
        part: 'keyUsage',
        message:
          'The CSR asks for keyUsage: Certificate Sign, CRL Sign. The certificate gets: Digital Signature.',
      },
      {
        change: 'changed',
        part: 'extKeyUsage',
        message:
          'The CSR asks for extKeyUsage: Code Signing. The certificate gets: TLS Web Server Authentication, TLS Web Client Authentication.',
      },
      {
        change: 'left-out',
        part: '1.2.3.4.5',
        message:
          'The CSR asks for 1.2.3.4.5: 0c:08:73:75:72:70:72:69:73:65. The certificate does not get it.',
      },
      expect.objectContaining({ change: 'added', part: 'subjectKeyIdentifier' }),
      expect.objectContaining({ change: 'added', part: 'authorityKeyIdentifier' }),
      expect.objectContaining({ change: 'added', part: 'cRLDistributionPoints' }),
      {
        change: 'added',
        part: 'authorityInfoAccess',
        message:
          'The certificate gets authorityInfoAccess, which the CSR does not ask for: OCSP - URI:http://127.0.0.1:8787/ocsp/default, CA Issuers - URI:http://127.0.0.1:8787/ca/default.crt.',
      },
    ]);
  });

  it('notes names that come from the common name or from the request', async () => {
    const csr = await makeCsrPem({ subject: [commonName('a.test')] });
    expect(messages((await live.send(PREVIEW, { body: { csr } })).json)).toContain(
      'The certificate gets DNS:a.test, which the CSR does not ask for. It is the common name of the subject.',
    );
    const stated = { subject: 'CN=b.test', names: { dns: ['c.test'] } };
    const noted = messages(
      (await live.send(PREVIEW, { body: { csr: csrPem('p-256-sha256'), ...stated } })).json,
    );
    expect(noted).toEqual(
      expect.arrayContaining([
        'The CSR has the subject "CN=host.fixture.test,O=Fixture,C=CN". The certificate gets "CN=b.test".',
        'The CSR asks for DNS:host.fixture.test. The certificate does not get it.',
        'The certificate gets DNS:c.test, which the CSR does not ask for.',
      ]),
    );
  });

  it('notes a validity that the CA cuts', async () => {
    const { json } = await live.send('/api/v1/authorities', {
      body: { name: 'Short', subject: 'CN=Short', parent: 'default', validity: '30d' },
    });
    const body = { csr: csrPem('p-256-sha256'), authority: json.id };
    const cut = await live.send(PREVIEW, { body });
    expect(cut.json).toMatchObject({ authority: json.id, notAfter: json.notAfter });
    expect(cut.json.notes).toContainEqual({
      change: 'changed',
      part: 'validity',
      message: 'The validity ends with that of the CA, before the end that the profile permits.',
    });
    const short = await live.send(PREVIEW, { body: { ...body, validitySeconds: 3600 } });
    expect(JSON.stringify(short.json.notes)).not.toContain('validity');
  });

  it('takes PEM and DER, and answers with text', async () => {
    const pem = await live.send(PREVIEW, {
      body: csrPem('p-256-sha256'),
      headers: { Accept: 'text/plain' },
    });
    expect(pem.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(pem.text).toMatch(/^Certificate:\n {4}Data:\n {8}Version: 3/);
    expect(pem.text).toContain('                DNS:host.fixture.test, DNS:*.fixture.test');
    expect(pem.text).not.toContain('Serial Number');
  });

  it('names the rule, the name and the policy of a refusal', async () => {
    const { json: policy } = await live.send('/api/v1/policies', {
      body: { name: 'internal', rules: { dnsNames: [{ name: 'internal', match: 'any-depth' }] } },
    });
    await live.send('/api/v1/authorities/default', {
      method: 'PATCH',
      body: { policyId: policy.id },
    });
    const { status, json } = await live.send(PREVIEW, {
      body: { csr: await makeCsrPem({ subject: [commonName('www.example.com')] }) },
    });
    expect({ status, json }).toMatchObject({
      status: 403,
      json: {
        code: 'policy-violated',
        detail: expect.stringMatching(
          new RegExp(`The policy "internal" \\(${policy.id}\\).*'dnsNames'.*www\\.example\\.com`),
        ),
      },
    });
  });

  it('lists every reason of every policy', async () => {
    const create = async (name: string, rules: object) => {
      const { json } = await live.send('/api/v1/policies', { body: { name, rules } });
      return String(json.id);
    };
    const ofAuthority = await create('wide', {
      dnsNames: [{ name: 'example', match: 'any-depth' }],
    });
    const ofKey = await create('narrow', { profiles: ['tls-client'], dnsNames: 'any' });
    await live.send('/api/v1/authorities/default', {
      method: 'PATCH',
      body: { policyId: ofAuthority },
    });
    const key = await live.createKey(['certificates:Issue']);
    await live.send(`/api/v1/access-keys/${key.id}`, {
      method: 'PATCH',
      body: { policyId: ofKey },
    });
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.test`;
    const body = {
      csr: csrPem('p-384'),
      profile: 'tls-server',
      subject: 'CN=b.example',
      names: { dns: ['a.test', 'b.example', long] },
    };
    for (const path of [PREVIEW, '/api/v1/certificates']) {
      const { status, json } = await live.send(path, { body, as: key.basic });
      expect(status).toBe(403);
      const reason = 'is permitted by no rule';
      const wide = { policyId: ofAuthority, policyName: 'wide', rule: 'dnsNames', reason };
      expect(json.findings).toHaveLength(3);
      expect(json.findings).toEqual(
        expect.arrayContaining([
          {
            policyId: ofKey,
            policyName: 'narrow',
            rule: 'profiles',
            name: 'tls-server',
            reason: 'is not one of tls-client',
          },
          { ...wide, name: 'a.test' },
          { ...wide, name: `${long.slice(0, 100)}…` },
        ]),
      );
    }
  });

  it('refuses a subject that is held, as issuing does', async () => {
    const services = openServices(live.db);
    const asked = {
      authorityId: 'default',
      csrDer: await makeCsrDer({ subject: [commonName('held.test')] }),
      profile: 'tls-server',
      allowConfiguredProfile: false,
      principal: ROOT,
      origin: 'openssl-ca',
      uniqueSubject: true,
      request: { requestId: 'a-request', remoteAddress: null, country: null },
    } as const;
    await services.previewCertificate(asked);
    await services.issueCertificate(asked);
    await expect(services.previewCertificate(asked)).rejects.toMatchObject({
      code: 'subject-already-certified',
    });
  });

  it('never writes what it was asked into the log', async () => {
    await live.send(PREVIEW, { body: { csr: csrPem('p-256-sha256') } });
    const lines = log.lines().filter((line) => line.includes('preview'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('host.fixture.test');
  });
});
