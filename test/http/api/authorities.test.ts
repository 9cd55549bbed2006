import { beforeAll, describe, expect, it } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { decodeCsr, parseCsr, verifyCsrSignature } from '../../../src/x509/certificate/csr.ts';
import { encodeExtension, readBasicConstraints } from '../../../src/x509/certificate/extensions.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { isSignedBy } from '../../../src/x509/path/chain.ts';
import { CA_EXTENSIONS, makeCertificate, openIssuer, toPem } from '../../authorities/make-ca.ts';
import { csrPem, keyPem } from '../../fixtures.ts';
import { countRows } from '../../store/database.ts';
import { pemToDer } from '../fakes.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';

captureLog();

const PATH = '/api/v1/authorities';
const LEAF_CSR = csrPem('p-256-sha256');

let worker: LiveWorker;
beforeAll(async () => {
  worker = await openWorker({ CA_KEY_SPARE: keyPem('p-384') });
});

async function create(body: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const received = await worker.send(PATH, {
    body: { name: 'Issuing', subject: 'CN=Issuing CA', parent: 'default', ...body },
  });
  if (received.status !== 201) throw new Error(received.text);
  return { ...received.json };
}

async function act(id: unknown, action: string, body?: unknown): Promise<Received> {
  return worker.send(`${PATH}/${String(id)}/${action}`, { method: 'POST', body: body ?? '' });
}

async function issue(authority: unknown, csr = LEAF_CSR): Promise<Received> {
  return worker.send('/api/v1/certificates', {
    body: { csr, authority },
    headers: { Accept: 'application/json' },
  });
}

function open(pem: unknown) {
  return parseCertificate(pemToDer(String(pem)));
}

function generations(json: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  return Array.isArray(json.generations) ? json.generations : [];
}

async function listActions(target: unknown): Promise<unknown[]> {
  const { results } = await worker.db
    .prepare('SELECT action FROM audit_events WHERE target = ?1 ORDER BY position')
    .bind(String(target))
    .all();
  return results.map(({ action }) => action);
}

describe('creating an authority', () => {
  it.each(['P-256', 'P-384', 'P-521', 'RSA-2048', 'Ed25519'])(
    'creates a root with a %s key',
    async (keyAlgorithm) => {
      const root = await create({ subject: `CN=Root ${keyAlgorithm}`, parent: null, keyAlgorithm });
      const certificate = open(root.certificate);
      expect(await isSignedBy(certificate, certificate)).toBe(true);
      expect(root).toMatchObject({ state: 'active', parent: null, keySource: 'sealed', chain: [] });
      const issued = await issue(root.id);
      expect(issued.status).toBe(201);
      expect(issued.json.authority).toBe(root.id);
      expect(await isSignedBy(open(issued.json.certificate), certificate)).toBe(true);
    },
  );

  it('creates an issuing CA with its record, its event and a sealed key', async () => {
    const ca = await create({
      pathLength: 0,
      permittedNames: { dns: ['test'], ip: ['10.0.0.0/8', '2001:db8::/32'] },
    });
    const parent = open((await worker.send(`${PATH}/default`)).json.certificate);
    const certificate = open(ca.certificate);
    expect(await isSignedBy(certificate, parent)).toBe(true);
    expect(readBasicConstraints(certificate.extensions)).toEqual({
      ca: true,
      pathLenConstraint: 0,
    });
    expect(ca).toMatchObject({
      parent: 'default',
      constraints: {
        pathLength: 0,
        permittedNames: { dns: ['test'], ip: ['10.0.0.0/8', '2001:db8:0:0:0:0:0:0/32'], email: [] },
      },
    });
    const row = await worker.db
      .prepare('SELECT private_key, key_source FROM authorities WHERE id = ?1')
      .bind(ca.id)
      .first();
    expect(row).toMatchObject({
      key_source: 'sealed',
      private_key: expect.stringMatching(/^v1\./),
    });
    const found = await worker.send(`/api/v1/certificates/${certificate.serialHex}`, {
      headers: { Accept: 'application/json' },
    });
    expect(found.json).toMatchObject({ authority: 'default', profile: 'sub-ca' });
    expect(await listActions(ca.id)).toEqual(['authority.create']);
  });

  it('creates an authority whose key is in a secret', async () => {
    const ca = await create({ subject: 'CN=In a Secret', keySource: 'secret:CA_KEY_SPARE' });
    expect(ca.keySource).toBe('secret:CA_KEY_SPARE');
    expect((await issue(ca.id)).status).toBe(201);
    const again = await worker.send(PATH, {
      body: { name: 'a', subject: 'CN=Another', keySource: 'secret:CA_KEY_SPARE' },
    });
    expect(again).toMatchObject({ status: 409, json: { code: 'import-conflict' } });
  });

  it('lists authorities in pages', async () => {
    const ids: unknown[] = [];
    let cursor = '';
    do {
      const { json } = await worker.send(`${PATH}?limit=2${cursor}`);
      const authorities = Array.isArray(json.authorities) ? json.authorities : [];
      ids.push(...authorities.map(({ id }) => id));
      cursor = json.next === null ? '' : `&cursor=${String(json.next)}`;
    } while (cursor !== '');
    expect(ids).toEqual([...ids].sort());
    expect(ids).toContain('default');
    expect(ids).toHaveLength(await countRows(worker.db, 'authorities'));
  });

  it.each<[string, Record<string, unknown>, string, number]>([
    ['no subject', { subject: '' }, 'invalid-subject', 400],
    ['an unknown algorithm', { keyAlgorithm: 'SM2' }, 'invalid-parameter', 400],
    ['a secret that is not set', { keySource: 'secret:CA_KEY_NONE' }, 'invalid-parameter', 400],
    ['a secret of another kind', { keySource: 'secret:SEALING_KEY' }, 'invalid-parameter', 400],
    ['the default key once more', { keySource: 'secret:CA_KEY' }, 'invalid-parameter', 400],
    ['two sources of a key', { keySource: 'a', keyAlgorithm: 'P-256' }, 'invalid-parameter', 400],
    ['a parent that is not there', { parent: 'none' }, 'authority-not-found', 404],
    ["the parent's own name", { subject: 'CN=Signet Root CA' }, 'constraint-violated', 400],
    ['a time past the parent', { validity: '90y' }, 'invalid-parameter', 400],
    ['no time at all', { validity: '0d' }, 'invalid-parameter', 400],
    ['a negative path length', { pathLength: -1 }, 'invalid-parameter', 400],
    [
      'a name that is no network',
      { permittedNames: { ip: ['10.0.0.0/99'] } },
      'invalid-parameter',
      400,
    ],
    ['an unknown usage', { extendedKeyUsages: ['tea'] }, 'invalid-parameter', 400],
    ['a policy that is no OID', { policies: ['tea'] }, 'invalid-parameter', 400],
    ['an unknown field', { tea: 1 }, 'invalid-parameter', 400],
    ['a name that is empty', { name: ' ' }, 'invalid-name', 400],
  ])('refuses %s and records nothing', async (_, body, code, status) => {
    const before = await worker.countAll();
    const rows = await countRows(worker.db, 'authorities');
    const { json, ...received } = await worker.send(PATH, {
      body: { name: 'Issuing', subject: 'CN=Refused CA', parent: 'default', ...body },
    });
    expect({ status: received.status, code: json.code }).toEqual({ status, code });
    expect(await countRows(worker.db, 'authorities')).toBe(rows);
    expect(await worker.countAll()).toEqual(before);
  });

  it('allows only the account root, and each secret key once', async () => {
    const account = await worker.createAccount();
    const { basic } = await worker.createKey(['*'], account);
    const body = { name: 'a', subject: 'CN=Once', parent: 'default' };
    expect((await worker.send(PATH, { body, as: basic })).status).toBe(403);
    const headers = { 'Idempotency-Key': 'once' };
    const [first, second] = [
      await worker.send(PATH, { body, headers }),
      await worker.send(PATH, { body, headers }),
    ];
    expect(second.json.id).toBe(first.json.id);
  });
});

describe('constraints of an authority', () => {
  it('are enforced before a leaf or a subordinate CA is signed', async () => {
    const top = await create({
      subject: 'CN=Top',
      pathLength: 1,
      extendedKeyUsages: ['serverAuth', 'clientAuth'],
    });
    const low = await create({
      subject: 'CN=Low',
      parent: top.id,
      excludedNames: { dns: ['com', 'test', 'example', 'org', 'net'] },
    });
    expect((await issue(top.id)).status).toBe(201);
    const count = await countRows(worker.db, 'certificates');
    const refused = await issue(low.id);
    expect(refused).toMatchObject({ status: 400, json: { code: 'constraint-violated' } });
    for (const body of [
      { subject: 'CN=Lower', parent: low.id },
      { subject: 'CN=Other', parent: top.id, pathLength: 1 },
      { subject: 'CN=Other', parent: top.id, extendedKeyUsages: ['codeSigning'] },
    ]) {
      const received = await worker.send(PATH, { body: { name: 'a', ...body } });
      expect(received.json.code).toBe('constraint-violated');
    }
    expect(await countRows(worker.db, 'certificates')).toBe(count);
  });
});

describe('an authority whose parent is elsewhere', () => {
  it('signs nothing until the certificate for its CSR is uploaded', async () => {
    const pending = await worker.send(`${PATH}/requests`, {
      body: { name: 'Ours', subject: 'CN=Ours', keyAlgorithm: 'P-384', pathLength: 0 },
    });
    expect(pending).toMatchObject({ status: 201, json: { state: 'pending', certificate: null } });
    const { id } = pending.json;
    const csr = parseCsr(decodeCsr(String(pending.json.request)));
    await verifyCsrSignature(csr);
    expect(readBasicConstraints(csr.extensions)).toEqual({ ca: true, pathLenConstraint: 0 });
    expect(await issue(id)).toMatchObject({ status: 503, json: { code: 'authority-unavailable' } });
    expect((await worker.send(`/crl/${String(id)}.crl`)).status).toBe(503);

    const parent = await openIssuer('CN=Elsewhere', 'p-256');
    const nowSeconds = Math.floor(Date.now() / 1000);
    const validity = {
      notBeforeSeconds: nowSeconds - 9,
      notAfterSeconds: nowSeconds + 86400 * 9,
      extensionsDer: CA_EXTENSIONS,
    };
    const parentDer = await makeCertificate(parent, parent, validity);
    const subject = { subjectDer: csr.subjectDer, signer: { publicKey: csr.publicKey } };
    const certificate = toPem(await makeCertificate(parent, subject, validity), parentDer);

    const alien = toPem(parentDer);
    expect((await act(id, 'certificate', { certificate: alien })).json.code).toBe(
      'malformed-certificate',
    );
    const done = await act(id, 'certificate', { certificate });
    expect(done).toMatchObject({ status: 200, json: { state: 'active', request: null } });
    expect((await issue(id)).status).toBe(201);
    expect((await act(id, 'renew', {})).json.code).toBe('in-use');
    expect(await listActions(id)).toEqual(['authority.request', 'authority.complete']);
    expect((await act('default', 'certificate', { certificate })).json.code).toBe('in-use');
  });

  it('may get its subject in another encoding, and keeps the first one', async () => {
    const { json } = await worker.send(`${PATH}/requests`, {
      body: { name: 'Spelled', subject: 'CN=Spelled CA', keyAlgorithm: 'P-256' },
    });
    const { publicKey } = parseCsr(decodeCsr(String(json.request)));
    const parent = await openIssuer('CN=Elsewhere', 'p-256');
    const nowSeconds = Math.floor(Date.now() / 1000);
    const upload = async (subject: string, days: number) => {
      const validity = {
        notBeforeSeconds: nowSeconds - 9,
        notAfterSeconds: nowSeconds + 86400 * days,
      };
      const named = { subjectDer: encodeNameFromText(subject), signer: { publicKey } };
      const chain = [
        await makeCertificate(parent, named, validity),
        await makeCertificate(parent, parent, validity),
      ];
      return act(json.id, 'certificate', { certificate: toPem(...chain) });
    };
    expect((await upload('CN=SPELLED ca', 9)).status).toBe(200);
    const respelled = await upload('CN=Spelled CA', 10);
    expect(respelled.json).toMatchObject({ code: 'malformed-certificate' });
    expect(respelled.text).toContain('encoded in another way');
    expect((await upload('CN=SPELLED ca', 10)).status).toBe(200);
  });

  it('can be imported with its key and its chain', async () => {
    const ca = await openIssuer('CN=Imported', 'rsa-2048');
    const nowSeconds = Math.floor(Date.now() / 1000);
    const der = await makeCertificate(ca, ca, {
      notBeforeSeconds: nowSeconds - 9,
      notAfterSeconds: nowSeconds + 86400,
    });
    const body = { name: 'Imported', certificate: toPem(der), privateKey: keyPem('rsa-2048') };
    const imported = await worker.send(`${PATH}/import`, { body });
    expect(imported.status).toBe(201);
    expect((await issue(imported.json.id)).status).toBe(201);
    const wrong = { ...body, privateKey: keyPem('p-256') };
    expect((await worker.send(`${PATH}/import`, { body: wrong })).json.code).toBe(
      'malformed-certificate',
    );
    expect((await worker.send(`${PATH}/import`, { body })).json.code).toBe('import-conflict');
    expect(imported.text).not.toContain('PRIVATE KEY');
  });
});

describe('renewing an authority', () => {
  it('issues a new certificate for the same key, which the next leaf and the download show', async () => {
    const ca = await create({
      subject: 'CN=Renewed',
      pathLength: 0,
      excludedNames: { dns: ['example.org'] },
    });
    await issue(ca.id);
    const renewed = await act(ca.id, 'renew', { validity: '6y' });
    expect(renewed.status).toBe(200);
    const [before, after] = [open(ca.certificate), open(renewed.json.certificate)];
    expect(after.spkiDer).toEqual(before.spkiDer);
    expect(after.notAfterSeconds).toBeGreaterThan(before.notAfterSeconds);
    expect(renewed.json).toMatchObject({ id: ca.id, constraints: ca.constraints });
    expect(generations(renewed.json)).toHaveLength(1);
    const published = await worker.send(`/ca/${String(ca.id)}.pem`, { as: null });
    expect(open(published.text).serialHex).toBe(after.serialHex);
    expect((await issue(ca.id)).status).toBe(201);
  });

  it('renews a root too', async () => {
    const root = await create({ subject: 'CN=Renewed Root', parent: null, validity: '5y' });
    const renewed = await act(root.id, 'renew', {});
    const certificate = open(renewed.json.certificate);
    expect(await isSignedBy(certificate, open(root.certificate))).toBe(true);
  });

  it('carries over the limits of an imported root, and no extension that is not known here', async () => {
    const ca = await openIssuer('CN=Imported Root', 'p-521');
    const nowSeconds = Math.floor(Date.now() / 1000);
    const applicationPolicies = '1.3.6.1.4.1.311.21.10';
    const der = await makeCertificate(ca, ca, {
      notBeforeSeconds: nowSeconds - 9,
      notAfterSeconds: nowSeconds + 86400,
      extensionsDer: [
        ...CA_EXTENSIONS,
        encodeExtension(OID.inhibitAnyPolicy, true, Uint8Array.of(2, 1, 3)),
        encodeExtension(OID.policyConstraints, true, Uint8Array.of(0x30, 3, 0x81, 1, 2)),
        encodeExtension(applicationPolicies, false, Uint8Array.of(0x30, 0)),
        encodeExtension('1.2.3.4', false, Uint8Array.of(5, 0)),
      ],
    });
    const body = { name: 'Root', certificate: toPem(der), privateKey: keyPem('p-521') };
    const imported = await worker.send(`${PATH}/import`, { body });
    expect(imported.status, imported.text).toBe(201);
    const renewed = await act(imported.json.id, 'renew', {});
    expect(renewed.status, renewed.text).toBe(200);
    expect([...open(renewed.json.certificate).extensions.keys()]).toEqual([
      OID.basicConstraints,
      OID.keyUsage,
      OID.inhibitAnyPolicy,
      OID.policyConstraints,
      OID.subjectKeyIdentifier,
    ]);
    const rekeyed = await act(imported.json.id, 'rekey', {});
    expect(rekeyed.status, rekeyed.text).toBe(200);
    const [cross] = generations(rekeyed.json).flatMap((generation) => generation.crossCertificates);
    expect(open(cross).extensions.has(OID.policyConstraints)).toBe(true);
    expect(open(cross).extensions.has(applicationPolicies)).toBe(false);
  });

  it('is noticed by another isolate at its next issuance', async () => {
    const ca = await create({ subject: 'CN=Noticed' });
    await issue(ca.id);
    // Another isolate left this in D1.
    await worker.db
      .prepare("UPDATE authorities SET state = 'disabled' WHERE id = ?1")
      .bind(ca.id)
      .run();
    const refused = await issue(ca.id);
    expect(refused).toMatchObject({ status: 503 });
    expect(refused.json.detail).toContain('disabled');
    await worker.db
      .prepare("UPDATE authorities SET state = 'active' WHERE id = ?1")
      .bind(ca.id)
      .run();
  });
});

describe('re-keying an authority', () => {
  it('replaces the key of a root, with cross-certificates for both keys', async () => {
    const old = (await worker.send(`${PATH}/default`)).json;
    const oldLeaf = await issue('default');
    const rekeyed = await act('default', 'rekey', { keyAlgorithm: 'P-384' });
    expect(rekeyed.status).toBe(200);
    expect(rekeyed.json).toMatchObject({ id: 'default', generation: 'default-2' });
    const [first = {}, second = {}] = generations(rekeyed.json);
    expect([first.current, second.current]).toEqual([false, true]);
    const [oldRoot, newRoot] = [open(old.certificate), open(rekeyed.json.certificate)];
    const cross = (generation: Record<string, unknown>) =>
      Array.isArray(generation.crossCertificates) ? generation.crossCertificates : [];
    expect(await isSignedBy(open(cross(second)[0]), oldRoot)).toBe(true);
    expect(await isSignedBy(open(cross(first)[0]), newRoot)).toBe(true);
    expect(open(cross(second)[0]).spkiDer).toEqual(newRoot.spkiDer);

    const leaf = await issue('default');
    expect(leaf.json.authority).toBe('default-2');
    expect(await isSignedBy(open(leaf.json.certificate), newRoot)).toBe(true);
    expect(open(Array.isArray(leaf.json.chain) ? leaf.json.chain[0] : '').serialHex).toBe(
      open(cross(second)[0]).serialHex,
    );
    const cacert = await worker.send('/api/ca/cacert', { as: null });
    expect(open(cacert.text).serialHex).toBe(newRoot.serialHex);
    expect((await worker.send('/ca/default-2-cross.pem', { as: null })).text).toBe(
      cross(second)[0],
    );

    for (const { json } of [leaf, oldLeaf]) {
      const path = `/api/v1/certificates/${String(json.serial)}/revoke`;
      expect((await worker.send(path, { method: 'POST', body: '' })).status).toBe(200);
    }
    const crls = (await worker.send('/api/ca/crl', { as: null })).text;
    expect(crls.match(/BEGIN X509 CRL/g)).toHaveLength(2);
    for (const id of ['default', 'default-2']) {
      expect((await worker.send(`/crl/${id}.crl`, { as: null })).status).toBe(200);
    }
    expect((await act('default', 'rekey', {})).json.generation).toBe('default-3');
    expect(await listActions('default-2')).toEqual(['authority.rekey']);
  });

  it('has the parent certify the new key of an issuing CA', async () => {
    const ca = await create({ subject: 'CN=Rekeyed', pathLength: 0 });
    const rekeyed = await act(ca.id, 'rekey', {});
    const parent = (await worker.send(`${PATH}/default`)).json;
    expect(await isSignedBy(open(rekeyed.json.certificate), open(parent.certificate))).toBe(true);
    expect(rekeyed.json).toMatchObject({
      generation: `${String(ca.id)}-2`,
      constraints: ca.constraints,
    });
    expect((await issue(ca.id)).json.authority).toBe(`${String(ca.id)}-2`);
  });

  it('creates one key for many concurrent requests', async () => {
    const ca = await create({ subject: 'CN=Raced' });
    const received = await Promise.all(Array.from({ length: 6 }, () => act(ca.id, 'rekey', {})));
    const statuses = received.map(({ status }) => status);
    const made = statuses.filter((status) => status === 200).length;
    expect(made).toBeGreaterThan(0);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const { json } = await worker.send(`${PATH}/${String(ca.id)}`);
    expect(generations(json)).toHaveLength(made + 1);
    expect(generations(json).filter(({ current }) => current)).toHaveLength(1);
  });
});

describe('profiles of an authority', () => {
  const OWN = { short: { validityDays: 3, extendedKeyUsages: ['clientAuth'] } };
  const SHOWN = { short: { ...OWN.short, backdateSeconds: 300 } };

  async function issueAs(profile: string, authority: unknown): Promise<Received> {
    return worker.send('/api/v1/certificates', {
      body: { csr: LEAF_CSR, authority, profile },
      headers: { Accept: 'application/json' },
    });
  }

  function change(id: unknown, profiles: unknown, more = {}): Promise<Received> {
    return worker.send(`${PATH}/${String(id)}`, { method: 'PATCH', body: { profiles, ...more } });
  }

  it('are set at creation, shown, and kept after re-keying', async () => {
    const ca = await create({ subject: 'CN=With profiles', profiles: OWN });
    expect(ca.profiles).toEqual(SHOWN);
    const { notBeforeSeconds, notAfterSeconds } = open(
      (await issueAs('short', ca.id)).json.certificate,
    );
    expect(notAfterSeconds - notBeforeSeconds).toBeLessThanOrEqual(3 * 86400 + 300);
    expect((await issueAs('tls-server', ca.id)).json.code).toBe('unknown-profile');
    expect((await issueAs('short', 'default')).json.code).toBe('unknown-profile');
    expect((await act(ca.id, 'rekey', {})).json.profiles).toEqual(SHOWN);
    expect((await issueAs('short', ca.id)).status).toBe(201);
  });

  it('are changed and reset, each with an event', async () => {
    const ca = await create({ subject: 'CN=Changing' });
    expect(ca.profiles).toBeNull();
    await act(ca.id, 'rekey', {});
    expect((await change(`${String(ca.id)}-2`, OWN)).json.profiles).toEqual(SHOWN);
    expect((await issueAs('short', ca.id)).status).toBe(201);
    expect((await change(ca.id, null)).json.profiles).toBeNull();
    expect((await issueAs('short', ca.id)).json.code).toBe('unknown-profile');
    expect((await issueAs('tls-server', ca.id)).status).toBe(201);
    expect(await listActions(ca.id)).toEqual([
      'authority.create',
      'authority.update',
      'authority.update',
    ]);
  });

  it.each([
    ['a text', 'short', 'invalid-parameter'],
    ['a list', [OWN.short], 'invalid-parameter'],
    ['none at all', {}, 'invalid-parameter'],
    ['an unknown usage', { a: { validityDays: 1, extendedKeyUsages: ['x'] } }, 'invalid-parameter'],
    ['an unknown field', { a: { ...OWN.short, more: 1 } }, 'invalid-parameter'],
    ['nothing said', undefined, 'missing-parameter'],
  ])('refuses %s', async (_, profiles, code) => {
    const refused = await change('default', profiles);
    expect(refused).toMatchObject({ status: 400, json: { code } });
    expect((await worker.send(`${PATH}/default`)).json.profiles).toBeNull();
  });

  it('refuses an unknown field and an unknown authority', async () => {
    expect((await change('default', null, { name: 'a' })).json.code).toBe('invalid-parameter');
    expect((await change('ca-none', null)).json.code).toBe('authority-not-found');
  });
});

describe('disabling and revoking an authority', () => {
  it('disables and enables', async () => {
    const ca = await create({ subject: 'CN=Paused' });
    expect((await act(ca.id, 'disable')).json.state).toBe('disabled');
    expect((await issue(ca.id)).status).toBe(503);
    expect((await worker.send(`/crl/${String(ca.id)}.crl`, { as: null })).status).toBe(200);
    expect((await act(ca.id, 'disable')).json.code).toBe('in-use');
    expect((await act(ca.id, 'enable')).json.state).toBe('active');
    expect((await issue(ca.id)).status).toBe(201);
  });

  it('revokes the authorities below too, and then signs only CRLs', async () => {
    const top = await create({ subject: 'CN=Lost' });
    const low = await create({ subject: 'CN=Below Lost', parent: top.id });
    await act(top.id, 'renew', {});
    const revoked = await act(top.id, 'revoke', { reason: 'keyCompromise' });
    expect(revoked.json.state).toBe('revoked');
    const { results } = await worker.db
      .prepare(
        `SELECT r.reason FROM revocations r JOIN authority_certificates a
         ON a.issuer_id = r.authority_id AND a.serial = r.serial WHERE a.authority_id = ?1`,
      )
      .bind(top.id)
      .all();
    expect(results).toEqual([{ reason: 1 }, { reason: 1 }]);
    expect((await issue(top.id)).status).toBe(503);
    expect((await issue(low.id)).status).toBe(503);
    expect((await act(low.id, 'enable')).json.code).toBe('in-use');
    expect((await act(top.id, 'enable')).json.code).toBe('in-use');
    expect((await act(top.id, 'renew', {})).json.code).toBe('in-use');
    expect((await act(top.id, 'rekey', {})).json.code).toBe('in-use');
    expect((await act(top.id, 'revoke', {})).json.code).toBe('already-revoked');
    expect((await worker.send(`/crl/${String(top.id)}.crl`, { as: null })).status).toBe(200);
    expect(await countRows(worker.db, 'blocked_keys')).toBe(1);
  });

  it('treats an authority as revoked after its certificate was revoked', async () => {
    const ca = await create({ subject: 'CN=By Serial' });
    await worker.send(`/api/v1/certificates/${open(ca.certificate).serialHex}/revoke`, {
      method: 'POST',
      body: '',
    });
    expect((await worker.send(`${PATH}/${String(ca.id)}`)).json.state).toBe('revoked');
  });

  it('answers 404 for an unknown authority', async () => {
    for (const action of ['disable', 'enable', 'revoke', 'renew', 'rekey']) {
      expect((await act('none', action, '')).json.code).toBe('authority-not-found');
    }
    expect((await worker.send(`${PATH}/none`)).status).toBe(404);
  });
});

describe('jobs', () => {
  it('renew the CRLs of all authorities, a bounded number in each run', async () => {
    const withCertificate = await worker.db
      .prepare('SELECT COUNT(*) AS n FROM authorities WHERE certificate IS NOT NULL')
      .first<number>('n');
    // A run begins at a random authority.
    let lists = 0;
    for (let run = 0; run < 200 && lists !== withCertificate; run++) {
      const renewed = await worker.send('/api/v1/jobs/renew-crl', { method: 'POST', body: '' });
      expect(renewed.status).toBe(200);
      lists = await countRows(worker.db, 'revocation_lists');
    }
    expect(lists).toBe(withCertificate);
  });
});
