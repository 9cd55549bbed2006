import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/access/principal.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { createIssuanceStore } from '../../src/store/issuance.ts';
import { createRevocationStore } from '../../src/store/revocation.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import {
  AUTHORITY_DER,
  countRows,
  makeIssuance,
  makeRevocation,
  NOW_MS,
  openDatabase,
  openDatabaseWithAuthority,
} from '../store/database.ts';
import {
  addAccount,
  listEvents,
  makeEntry,
  makeInventory,
  makeReplacement,
  REQUEST,
  ROOT,
} from './make-inventory.ts';
import { derOf, LEAF_KEY_PEM, NOT_AFTER_SECONDS, privateKeyPem, uploadPem } from './uploads.ts';

const AFTER_EXPIRY_MS = (NOT_AFTER_SECONDS + 1) * 1000;

let db: D1Database;
let inventory: Inventory;
let setClock: (ms: number) => void;
beforeEach(async () => {
  db = await openDatabase();
  ({ inventory, setClock } = makeInventory(db));
});

async function add(name: string, principal: Principal = ROOT): Promise<string> {
  return (await inventory.create(principal, makeEntry(name), REQUEST)).id;
}

const other = () => addAccount(db, 'acct-other');

describe('create', () => {
  it('stores the certificate and describes it', async () => {
    const chain = uploadPem('sub-1') + uploadPem('sub-2');
    const created = await inventory.create(ROOT, makeEntry('a', { chain }), REQUEST);
    expect(created).toEqual({ id: expect.stringMatching(/^cert-[a-z0-9]{12}$/), name: 'a' });
    const { certificateDer, chainDer, ...summary } = await inventory.find(ROOT, created.id);
    expect(certificateDer).toEqual(derOf(uploadPem('leaf')));
    expect(chainDer).toEqual([derOf(uploadPem('sub-2')), derOf(uploadPem('sub-1'))]);
    expect(summary).toMatchObject({
      ...created,
      accountId: 'root',
      type: 1,
      hasPrivateKey: true,
      commonName: 'www.example.org',
      dnsNames: ['www.example.org', '*.example.org'],
      ipAddresses: ['192.0.2.7', '2001:db8::7'],
      marks: [],
      origin: 'upload',
      notifiedDays: null,
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS,
      bindings: [],
    });
    expect(await inventory.list(ROOT)).toEqual([summary]);
    expect(await listEvents(db)).toEqual([['inventory.create', 'root', created.id]]);
  });

  it.each(['a', 'A', 'a'.repeat(65), 'a-/._*9', 'Z0'])('accepts the name %s', async (name) => {
    expect(await add(name)).toMatch(/^cert-/);
  });

  it.each(['', '1a', '-a', 'a b', 'ä', 'a\n', 'a'.repeat(66), 'a,b', 'a\u0000', ' a'])(
    'refuses the name %j',
    async (name) => {
      await expect(add(name)).rejects.toMatchObject({ code: 'invalid-name', field: 'name' });
      expect(await countRows(db, 'inventory')).toBe(0);
    },
  );

  it('allows a name once per account, also in several accounts', async () => {
    await add('a');
    await expect(add('a')).rejects.toMatchObject({ code: 'name-taken' });
    await add('A');
    await add('a', await other());
    expect(await countRows(db, 'inventory')).toBe(3);
    expect(await countRows(db, 'audit_events')).toBe(3);
  });

  it('enforces the quota of the account, or else the default quota', async () => {
    ({ inventory } = makeInventory(db, { defaultQuota: 1 }));
    const generous = await addAccount(db, 'acct-generous', 2);
    const closed = await addAccount(db, 'acct-closed', 0);
    await add('a');
    await expect(add('b')).rejects.toMatchObject({ code: 'quota-exceeded' });
    await add('a', generous);
    await add('b', generous);
    await expect(add('c', generous)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await expect(add('a', closed)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(await countRows(db, 'inventory')).toBe(3);
  });

  it('writes nothing for an unknown account', async () => {
    const ghost = { accountId: 'acct-ghost', actor: 'x', grant: null, policyId: null };
    await expect(add('a', ghost)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await countRows(db, 'inventory')).toBe(0);
  });

  it('stores no key that it cannot seal', async () => {
    ({ inventory } = makeInventory(db, { sealer: createSealer(new Map()) }));
    await expect(add('a')).rejects.toMatchObject({ code: 'sealing-unavailable' });
    expect(await countRows(db, 'inventory')).toBe(0);
    // Without a private key there is nothing to seal.
    const entry = makeEntry('a', { type: 2, privateKey: null });
    await inventory.create(ROOT, entry, REQUEST);
    expect(await inventory.list(ROOT)).toMatchObject([{ type: 2, hasPrivateKey: false }]);
  });

  it('writes no part of the key in plain text', async () => {
    const id = await add('a');
    const tables = await Promise.all(
      ['inventory', 'audit_events'].map((table) => db.prepare(`SELECT * FROM ${table}`).all()),
    );
    const rows = JSON.stringify(tables.map(({ results }) => results));
    for (const line of LEAF_KEY_PEM.split('\n').filter((text) => text !== '')) {
      expect(rows).not.toContain(line);
      expect(rows).not.toContain(new TextEncoder().encode(line).toBase64().slice(0, 20));
    }
    const thief = makeInventory(db, {
      sealer: createSealer(new Map([[1, new Uint8Array(32).fill(2)]])),
    });
    await expect(thief.inventory.readPrivateKey(ROOT, id, REQUEST)).rejects.toMatchObject({
      code: 'sealing-unavailable',
    });
  });
});

describe('readPrivateKey', () => {
  it('returns the key as uploaded, after its event is recorded', async () => {
    const id = await add('a');
    const { entry, privateKeyPem: key } = await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect([entry.id, key]).toEqual([id, LEAF_KEY_PEM]);
    await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect((await listEvents(db)).slice(1)).toEqual([
      ['inventory.read-private-key', 'root', id],
      ['inventory.read-private-key', 'root', id],
    ]);
  });

  it('returns null if there is no key', async () => {
    const entry = makeEntry('a', { type: 2, privateKey: null });
    const { id } = await inventory.create(ROOT, entry, REQUEST);
    expect((await inventory.readPrivateKey(ROOT, id, REQUEST)).privateKeyPem).toBeNull();
  });

  it('records nothing for an unknown entry', async () => {
    const id = await add('a');
    await expect(inventory.readPrivateKey(await other(), id, REQUEST)).rejects.toMatchObject({
      code: 'inventory-not-found',
    });
    expect(await countRows(db, 'audit_events')).toBe(1);
  });
});

describe('an upload public key', () => {
  const key = uploadPublicKeyOf('RSA-OAEP');

  it('encrypts the key for its owner, and stays for replacements', async () => {
    const uploadPublicKey = await key;
    const { id } = await inventory.create(ROOT, makeEntry('a', { uploadPublicKey }), REQUEST);
    const { privateKeyPem: cms } = await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect(cms).toMatch(/^-----BEGIN CMS-----\n[\s\S]+-----END CMS-----\n$/);

    await expire(id);
    await inventory.replace(ROOT, id, makeReplacement(), REQUEST);
    const again = (await inventory.readPrivateKey(ROOT, id, REQUEST)).privateKeyPem;
    expect(again).toMatch(/^-----BEGIN CMS-----/);
    expect(again).not.toBe(cms);
  });

  it('may be sent with a replacement', async () => {
    const id = await add('a');
    await expire(id);
    const uploadPublicKey = await uploadPublicKeyOf('ECDH');
    await inventory.replace(ROOT, id, makeReplacement({ uploadPublicKey }), REQUEST);
    const { privateKeyPem: cms } = await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect(cms).toMatch(/^-----BEGIN CMS-----/);
  });

  it('is accepted as PEM and in base64', async () => {
    const base64 = await key;
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`;
    for (const [index, uploadPublicKey] of [base64, pem].entries()) {
      await inventory.create(ROOT, makeEntry(`a${index}`, { uploadPublicKey }), REQUEST);
    }
  });

  it.each([
    ['text that is not base64', 'rubbish!'],
    ['a certificate', uploadPem('leaf')],
    ['a private key', LEAF_KEY_PEM],
    ['P-384', publicKeyOfCertificate('self-secp384r1')],
    ['Ed25519', publicKeyOfCertificate('self-ed25519')],
    ['RSA-1024', publicKeyOfCertificate('rsa-1024')],
    ['secp256k1', publicKeyOfCertificate('secp256k1')],
    ['a long text', 'A'.repeat(2_000_000)],
  ])('is refused: %s', async (_, uploadPublicKey) => {
    await expect(
      inventory.create(ROOT, makeEntry('a', { uploadPublicKey }), REQUEST),
    ).rejects.toMatchObject({ code: 'invalid-parameter', field: 'uploadPublicKey' });
    expect(await countRows(db, 'inventory')).toBe(0);
  });
});

describe('replace', () => {
  const replacement = makeReplacement({
    certificate: uploadPem('self-rsa'),
    privateKey: privateKeyPem('rsa-pkcs1'),
  });

  it('changes everything but id, name and creation time of an expired entry', async () => {
    const id = await add('a');
    await expire(id);
    setClock(NOW_MS + 5000);
    await inventory.replace(ROOT, id, replacement, REQUEST);
    expect(await inventory.find(ROOT, id)).toMatchObject({
      id,
      name: 'a',
      commonName: 'self.example.org',
      certificateDer: derOf(uploadPem('self-rsa')),
      createdAtMs: NOW_MS,
      updatedAtMs: NOW_MS + 5000,
      notAfterSeconds: NOT_AFTER_SECONDS,
      notifiedDays: null,
    });
    const { privateKeyPem: key } = await inventory.readPrivateKey(ROOT, id, REQUEST);
    expect(key).toBe(privateKeyPem('rsa-pkcs1'));
    expect((await listEvents(db))[1]).toEqual(['inventory.replace', 'root', id]);
  });

  it('refuses entries that have not expired, are in use or do not exist', async () => {
    const id = await add('a');
    const replace = (principal: Principal, which: string) =>
      inventory.replace(principal, which, replacement, REQUEST);
    await expect(replace(ROOT, id)).rejects.toMatchObject({ code: 'not-replaceable' });
    await expire(id);
    await inventory.bind(ROOT, id, { serviceName: 's', resourceId: 'r' }, REQUEST);
    await expect(replace(ROOT, id)).rejects.toMatchObject({ code: 'in-use' });
    const stranger = await other();
    for (const which of [id, 'cert-000000000000', '../etc/passwd', '']) {
      await expect(replace(stranger, which)).rejects.toMatchObject({ code: 'inventory-not-found' });
    }
    expect((await inventory.find(ROOT, id)).commonName).toBe('www.example.org');
    expect(await listEvents(db)).toHaveLength(2);
  });

  it('sets the new name, which may be the old one', async () => {
    const id = await add('a');
    for (const name of ['b', 'b']) {
      await expire(id);
      await inventory.replace(ROOT, id, { ...replacement, name }, REQUEST);
      expect((await inventory.find(ROOT, id)).name).toBe('b');
    }
    await add('a');
    const { detail } = (await db
      .prepare("SELECT detail FROM audit_events WHERE action = 'inventory.replace'")
      .first()) ?? { detail: '' };
    expect(JSON.parse(String(detail))).toMatchObject({ name: 'b' });
  });

  it('refuses an invalid name and the name of another entry, and changes nothing', async () => {
    const id = await add('a');
    await add('b');
    await expire(id);
    const before = await inventory.find(ROOT, id);
    const replace = (name: string) =>
      inventory.replace(ROOT, id, { ...replacement, name }, REQUEST);
    await expect(replace('b')).rejects.toMatchObject({ code: 'name-taken', field: 'name' });
    await expect(replace('a'.repeat(66))).rejects.toMatchObject({ code: 'invalid-name' });
    await expect(replace('')).rejects.toMatchObject({ code: 'invalid-name' });
    expect(await inventory.find(ROOT, id)).toEqual(before);
    expect(await listEvents(db)).toHaveLength(2);
    // Another account has the name, too, which does not matter.
    await add('c', await other());
    await replace('c');
    expect((await inventory.find(ROOT, id)).name).toBe('c');
  });

  it('checks the new certificate like any upload', async () => {
    const id = await add('a');
    await expire(id);
    setClock(AFTER_EXPIRY_MS);
    await expect(inventory.replace(ROOT, id, replacement, REQUEST)).rejects.toMatchObject({
      code: 'not-valid-now',
    });
  });
});

describe('rename', () => {
  it('renames an entry', async () => {
    const id = await add('a');
    await inventory.rename(ROOT, id, 'b', REQUEST);
    expect((await inventory.find(ROOT, id)).name).toBe('b');
    await add('a');
    expect((await listEvents(db))[1]).toEqual(['inventory.rename', 'root', id]);
  });

  it('refuses the same name, a taken one, an invalid one, and unknown entries', async () => {
    const id = await add('a');
    await add('b');
    const rename = (principal: Principal, name: string) =>
      inventory.rename(principal, id, name, REQUEST);
    await expect(rename(ROOT, 'a')).rejects.toMatchObject({ code: 'name-unchanged' });
    await expect(rename(ROOT, 'b')).rejects.toMatchObject({ code: 'name-taken' });
    await expect(rename(ROOT, '*')).rejects.toMatchObject({ code: 'invalid-name' });
    const stranger = await other();
    for (const name of ['a', 'b', 'c']) {
      await expect(rename(stranger, name)).rejects.toMatchObject({ code: 'inventory-not-found' });
    }
    expect((await inventory.find(ROOT, id)).name).toBe('a');
    expect(await listEvents(db)).toHaveLength(2);
  });
});

describe('remove', () => {
  it('deletes an entry that is not in use', async () => {
    const id = await add('a');
    const target = { serviceName: 's', resourceId: 'r' };
    await inventory.bind(ROOT, id, target, REQUEST);
    await expect(inventory.remove(ROOT, id, REQUEST)).rejects.toMatchObject({ code: 'in-use' });
    await inventory.unbind(ROOT, id, target, REQUEST);
    await expect(inventory.remove(await other(), id, REQUEST)).rejects.toMatchObject({
      code: 'inventory-not-found',
    });
    await inventory.remove(ROOT, id, REQUEST);
    await expect(inventory.find(ROOT, id)).rejects.toMatchObject({ code: 'inventory-not-found' });
    expect((await listEvents(db)).at(-1)).toEqual(['inventory.delete', 'root', id]);
    await expect(inventory.remove(ROOT, id, REQUEST)).rejects.toMatchObject({
      code: 'inventory-not-found',
    });
  });
});

describe('list', () => {
  it('lists entries by name, in pages, or one entry', async () => {
    for (const name of ['c', 'a', 'b', 'B']) await add(name);
    await add('a', await other());
    const names = async (filter = {}) =>
      (await inventory.list(ROOT, filter)).map(({ name }) => name);
    expect(await names()).toEqual(['B', 'a', 'b', 'c']);
    expect(await names({ limit: 2 })).toEqual(['B', 'a']);
    expect(await names({ limit: 2, after: 'a' })).toEqual(['b', 'c']);
    expect(await names({ name: 'b' })).toEqual(['b']);
    expect(await names({ name: 'd' })).toEqual([]);
  });
});

describe('bindings', () => {
  const target = { serviceName: 'cdn', resourceId: 'domain/www.example.org' };

  it('show what uses a certificate', async () => {
    const id = await add('a');
    await inventory.bind(ROOT, id, target, REQUEST);
    setClock(NOW_MS + 1);
    await inventory.bind(ROOT, id, { ...target, serviceName: 'blb' }, REQUEST);
    await inventory.bind(ROOT, id, target, REQUEST);
    const bindings = [
      { ...target, serviceName: 'blb', createdAtMs: NOW_MS + 1, updatedAtMs: NOW_MS + 1 },
      { ...target, createdAtMs: NOW_MS, updatedAtMs: NOW_MS + 1 },
    ];
    expect(await inventory.listBindings(ROOT, id)).toEqual(bindings);
    expect((await inventory.find(ROOT, id)).bindings).toEqual(bindings);
    expect((await inventory.list(ROOT))[0]?.bindings).toEqual(bindings);
    await inventory.unbind(ROOT, id, target, REQUEST);
    expect(await inventory.listBindings(ROOT, id)).toEqual(bindings.slice(0, 1));
    expect((await listEvents(db)).slice(1).map((event) => String(event).split(',')[0])).toEqual([
      'inventory.bind',
      'inventory.bind',
      'inventory.bind',
      'inventory.unbind',
    ]);
  });

  it('refuse unknown entries and bindings', async () => {
    const id = await add('a');
    const stranger = await other();
    await inventory.bind(ROOT, id, target, REQUEST);
    for (const [principal, which] of [
      [stranger, id],
      [ROOT, 'cert-000000000000'],
    ] as const) {
      const refusal = { code: 'inventory-not-found' };
      await expect(inventory.bind(principal, which, target, REQUEST)).rejects.toMatchObject(
        refusal,
      );
      await expect(inventory.unbind(principal, which, target, REQUEST)).rejects.toMatchObject(
        refusal,
      );
      await expect(inventory.listBindings(principal, which)).rejects.toMatchObject(refusal);
    }
    await expect(
      inventory.unbind(ROOT, id, { ...target, resourceId: 'x' }, REQUEST),
    ).rejects.toMatchObject({ code: 'not-found' });
    expect(await inventory.listBindings(ROOT, id)).toHaveLength(1);
  });

  it.each(['', ' ', 'a'.repeat(129), 'a\nb', 'a\u0000', '\u202ea', '\ud800'])(
    'refuse the part %j',
    async (part) => {
      const id = await add('a');
      for (const wrong of [
        { serviceName: part, resourceId: 'r' },
        { serviceName: 's', resourceId: part },
      ]) {
        await expect(inventory.bind(ROOT, id, wrong, REQUEST)).rejects.toMatchObject({
          code: 'invalid-parameter',
        });
      }
    },
  );

  it.each(['a', '服务', '😀'.repeat(128), 'a'.repeat(128)])('accept the part %j', async (part) => {
    const id = await add('a');
    await inventory.bind(ROOT, id, { serviceName: part, resourceId: part }, REQUEST);
    expect(await inventory.listBindings(ROOT, id)).toMatchObject([
      { serviceName: part, resourceId: part },
    ]);
  });

  it('are at most 100 per certificate', async () => {
    const id = await add('a');
    const bind = (n: number) =>
      inventory.bind(ROOT, id, { serviceName: 's', resourceId: `r${n}` }, REQUEST);
    for (let n = 0; n < 100; n++) await bind(n);
    await expect(bind(100)).rejects.toMatchObject({ code: 'quota-exceeded' });
    // An existing binding may still be updated.
    await bind(0);
    expect(await inventory.listBindings(ROOT, id)).toHaveLength(100);
  });
});

describe('addIssued', () => {
  const certificateDer = derOf(uploadPem('leaf'));
  const reference = { authorityId: 'default', serialHex: 'a1', name: 'a', privateKey: null };

  beforeEach(async () => {
    db = await openDatabaseWithAuthority();
    ({ inventory, setClock } = makeInventory(db));
    await createIssuanceStore(db).commitIssuance(await makeIssuance({ certificateDer }));
  });

  it('adds a certificate issued to the account, with the chain of the authority', async () => {
    const { id } = await inventory.addIssued(ROOT, reference, REQUEST);
    expect(await inventory.find(ROOT, id)).toMatchObject({
      type: 2,
      origin: 'issued',
      hasPrivateKey: false,
      certificateDer,
      chainDer: [AUTHORITY_DER],
    });
    const privateKey = LEAF_KEY_PEM;
    const server = await inventory.addIssued(
      ROOT,
      { ...reference, name: 'b', privateKey },
      REQUEST,
    );
    expect(await inventory.find(ROOT, server.id)).toMatchObject({ type: 1, hasPrivateKey: true });
  });

  it('keeps the chain of an entry from before its issuer was recorded, and of a replacement', async () => {
    const { id } = await inventory.addIssued(ROOT, reference, REQUEST);
    const stored = Uint8Array.of(0x30, 0x00);
    await db
      .prepare('UPDATE inventory SET authority_id = NULL, chain = ?1')
      .bind(JSON.stringify([stored.toBase64()]))
      .run();
    expect(await inventory.find(ROOT, id)).toMatchObject({ origin: 'issued', chainDer: [stored] });
    const added = await inventory.addIssued(ROOT, { ...reference, name: 'b' }, REQUEST);
    await expire(added.id);
    await inventory.replace(ROOT, added.id, makeReplacement(), REQUEST);
    const { origin, chainDer } = await inventory.find(ROOT, added.id);
    expect(origin).toBe('upload');
    expect(chainDer).not.toContainEqual(AUTHORITY_DER);
  });

  it('refuses the key of another certificate, a taken name, and revoked certificates', async () => {
    const privateKey = privateKeyPem('rsa-pkcs8');
    const addIssued = (overrides = {}) =>
      inventory.addIssued(ROOT, { ...reference, ...overrides }, REQUEST);
    await expect(addIssued({ privateKey })).rejects.toMatchObject({ code: 'key-mismatch' });
    await addIssued();
    await expect(addIssued()).rejects.toMatchObject({ code: 'name-taken' });
    await createRevocationStore(db).commitRevocation(makeRevocation('a1'));
    await expect(addIssued({ name: 'b' })).rejects.toMatchObject({ code: 'already-revoked' });
  });

  it('finds neither unknown certificates nor those of another account', async () => {
    const stranger = await other();
    for (const [principal, overrides] of [
      [stranger, {}],
      [ROOT, { serialHex: 'a2' }],
      [ROOT, { authorityId: 'other' }],
    ] as const) {
      await expect(
        inventory.addIssued(principal, { ...reference, ...overrides }, REQUEST),
      ).rejects.toMatchObject({ code: 'certificate-not-found' });
    }
    expect(await countRows(db, 'inventory')).toBe(0);
  });
});

function publicKeyOfCertificate(name: string): string {
  return parseCertificate(derOf(uploadPem(name))).spkiDer.toBase64();
}

/** Makes an entry expired in the database; all fixtures are valid for long. */
async function expire(id: string): Promise<void> {
  const expiredSeconds = NOW_MS / 1000 - 1;
  await db
    .prepare('UPDATE inventory SET not_after_s = ?2 WHERE id = ?1')
    .bind(id, expiredSeconds)
    .run();
}

async function uploadPublicKeyOf(name: 'RSA-OAEP' | 'ECDH'): Promise<string> {
  const pair =
    name === 'ECDH'
      ? await crypto.subtle.generateKey({ name, namedCurve: 'P-256' }, true, ['deriveBits'])
      : await crypto.subtle.generateKey(
          {
            name,
            hash: 'SHA-256',
            modulusLength: 2048,
            publicExponent: Uint8Array.of(1, 0, 1),
          },
          true,
          ['decrypt'],
        );
  if (pair instanceof CryptoKey) throw new Error('no pair');
  const spki = await crypto.subtle.exportKey('spki', pair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new Error('no bytes');
  return new Uint8Array(spki).toBase64();
}
