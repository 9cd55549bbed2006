import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, requireSigner } from '../../src/authorities/authority.ts';
import { type Authorities, createAuthorities } from '../../src/authorities/open-authority.ts';
import type { AuthorityStore } from '../../src/authorities/store.ts';
import { readConfig } from '../../src/config.ts';
import { SignetError } from '../../src/errors.ts';
import { requireIssuer } from '../../src/issuance/require-issuer.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import { createAuthorityStore } from '../../src/store/authority.ts';
import { formatName } from '../../src/x509/names/names.ts';
import { keyPem } from '../fixtures.ts';
import { countRows, openDatabase } from '../store/database.ts';
import {
  type Issuer,
  makeCertificate,
  NOW_MS,
  NOW_SECONDS,
  openIssuer,
  toPem,
  YEAR_SECONDS,
} from './make-ca.ts';

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

let db: D1Database;
let root: Issuer;
let rootDer: Uint8Array;
let low: Issuer;
let lowDer: Uint8Array;

beforeAll(async () => {
  root = await openIssuer('CN=Imported Root', 'p-384');
  rootDer = await makeCertificate(root, root);
  low = await openIssuer('CN=Imported CA', 'p-256');
  lowDer = await makeCertificate(root, low);
});
beforeEach(async () => {
  db = await openDatabase();
});

/** What one isolate holds, with secrets over CA_KEY p-256. */
function createIsolate(
  secrets: Readonly<Record<string, string>> = {},
  options: { readonly store?: AuthorityStore; readonly clock?: () => number } = {},
): (id?: string) => Promise<Authority> {
  const { open } = createHolder(secrets, options);
  return (id = 'default') => open(id);
}

function createHolder(
  secrets: Readonly<Record<string, string>>,
  options: { readonly store?: AuthorityStore; readonly clock?: () => number },
): Authorities {
  const { DB } = env;
  const config = readConfig({ DB, CA_KEY: keyPem('p-256'), CA_SUBJECT: 'CN=New Root', ...secrets });
  return createAuthorities({
    config,
    sealer: createSealer(config.sealingKeys),
    store: options.store ?? createAuthorityStore(db),
    clock: options.clock ?? (() => NOW_MS),
    randomBytes,
  });
}

/** The cause in the log if signing is refused. */
function causeOf(authority: Authority): string {
  try {
    requireSigner(authority);
  } catch (error) {
    return describeCause(error);
  }
  return 'it signs';
}

function describeCause(error: unknown): string {
  if (!(error instanceof SignetError) || error.code !== 'authority-unavailable') throw error;
  expect(error.message).not.toContain('CA_');
  return error.cause instanceof Error ? error.cause.message : String(error.cause);
}

describe('the first start', () => {
  it('makes a self-signed root with CA_SUBJECT, once, and records it', async () => {
    const authority = await createIsolate()();
    expect(formatName(authority.subjectDer)).toBe('CN=New Root');
    expect(authority).toMatchObject({ generationId: 'default', chainDer: [], createdAtMs: NOW_MS });
    expect(authority.notAfterSeconds).toBe(NOW_SECONDS + 9131 * 86400);
    expect(causeOf(authority)).toBe('it signs');
    const again = await createIsolate({ CA_SUBJECT: 'CN=Changed' })();
    expect(again.certificateDer).toEqual(authority.certificateDer);
    const events = await db.prepare('SELECT action, actor, target FROM audit_events').all();
    expect(events.results).toEqual([
      { action: 'authority.create', actor: 'first-start', target: 'default' },
    ]);
  });

  it('makes one authority for concurrent requests of several isolates', async () => {
    const isolates = Array.from({ length: 4 }, () => createIsolate());
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, i) => isolates[i % isolates.length]?.()),
    );
    const certificates = new Set(opened.map((authority) => authority?.certificateSha256Hex));
    expect(certificates.size).toBe(1);
    expect(certificates.has(undefined)).toBe(false);
    expect(await countRows(db, 'authorities')).toBe(1);
    expect(await countRows(db, 'audit_events')).toBe(1);
  });

  it('imports CA_CERT with its chain', async () => {
    const authority = await createIsolate({ CA_CERT: toPem(rootDer, lowDer) })();
    expect(authority.certificateDer).toEqual(lowDer);
    expect(authority.chainDer).toEqual([rootDer]);
    expect(causeOf(authority)).toBe('it signs');
    const action = await db.prepare('SELECT action FROM audit_events').first('action');
    expect(action).toBe('authority.import');
  });

  it.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
    ['a CA_CERT of another key', () => ({ CA_CERT: toPem(rootDer) }), /belongs to the CA key/],
    ['a CA_CERT without its root', () => ({ CA_CERT: toPem(lowDer) }), /reach a root/],
    ['a CA_SUBJECT that is no name', () => ({ CA_SUBJECT: 'Root' }), /name cannot be read/],
    ['a CA_KEY that is none', () => ({ CA_KEY: 'secret text' }), /^CA_KEY: /],
    ['no CA_KEY', () => ({ CA_KEY: '' }), /^CA_KEY is not set$/],
    ['another wrong setting', () => ({ PUBLICATION_URL: 'x' }), /^PUBLICATION_URL /],
  ])('makes nothing with %s, and says so only in the log', async (_, secrets, message) => {
    const error = await createIsolate(secrets())().catch((thrown: unknown) => thrown);
    const cause = describeCause(error);
    expect(cause).toMatch(message);
    expect(cause).not.toContain('secret text');
    expect(await countRows(db, 'authorities')).toBe(0);
  });

  it('tries again after a failure', async () => {
    const store = createAuthorityStore(db);
    let failing = true;
    const open = createIsolate(
      {},
      {
        store: {
          ...store,
          async findAuthority(id) {
            if (failing) throw new SignetError('record-unavailable', 'D1 is away.');
            return store.findAuthority(id);
          },
        },
      },
    );
    await expect(open()).rejects.toMatchObject({ code: 'record-unavailable' });
    failing = false;
    expect(causeOf(await open())).toBe('it signs');
  });
});

describe('a later start', () => {
  it('publishes but does not sign with another CA_KEY', async () => {
    const first = await createIsolate()();
    const authority = await createIsolate({ CA_KEY: keyPem('p-384') })();
    expect(authority.certificateDer).toEqual(first.certificateDer);
    expect(causeOf(authority)).toBe(
      "CA_KEY does not belong to the certificate of authority 'default'",
    );
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no CA_KEY', { CA_KEY: '' }, /^CA_KEY is not set$/],
    ['a weak CA_KEY', { CA_KEY: 'x' }, /^CA_KEY: /],
    ['a wrong setting', { SEALING_KEY: 'short' }, /^SEALING_KEY /],
  ])('publishes but does not sign with %s', async (_, secrets, message) => {
    await createIsolate()();
    expect(causeOf(await createIsolate(secrets)())).toMatch(message);
  });

  it('does not sign if CA_CERT has changed', async () => {
    await createIsolate({ CA_CERT: toPem(lowDer, rootDer) })();
    const renewedDer = await makeCertificate(root, low, {
      serialHex: '02',
      notAfterSeconds: NOW_SECONDS + 2 * YEAR_SECONDS,
    });
    const renewed = { CA_CERT: toPem(renewedDer, rootDer) };
    const authority = await createIsolate(renewed)();
    expect(authority.certificateDer).toEqual(lowDer);
    expect(causeOf(authority)).toBe("CA_CERT is not the certificate of authority 'default'");
    expect(causeOf(await createIsolate({ CA_CERT: toPem(rootDer, lowDer) })())).toBe('it signs');
    expect(causeOf(await createIsolate()())).toBe('it signs');
  });

  it('does not sign if the CA certificate or one of its issuers has expired', async () => {
    await createIsolate({ CA_CERT: toPem(lowDer, rootDer) })();
    const clock = () => (NOW_SECONDS + YEAR_SECONDS + 1) * 1000;
    const authority = await createIsolate({}, { clock })();
    expect(() => requireIssuer(authority, clock() / 1000)).toThrow(
      'its certificate, "CN=Imported CA", expired at 2027-06-01T12:00:00Z',
    );
    expect(authority.crlSigner).not.toBeNull();
  });

  it('does not sign for a disabled authority', async () => {
    await createIsolate()();
    await db.prepare("UPDATE authorities SET state = 'disabled'").run();
    expect(causeOf(await createIsolate()())).toBe(
      "authority 'default' cannot sign: it is disabled",
    );
  });

  it('returns authority-not-found for any other authority', async () => {
    await expect(createIsolate()('other')).rejects.toMatchObject({ code: 'authority-not-found' });
    expect(await countRows(db, 'authorities')).toBe(0);
  });

  it('reads an authority once', async () => {
    const store = createAuthorityStore(db);
    let reads = 0;
    const counting: AuthorityStore = {
      ...store,
      findAuthority(id) {
        reads++;
        return store.findAuthority(id);
      },
    };
    const open = createIsolate({}, { store: counting });
    const authority = await open();
    expect(await open()).toBe(authority);
    expect(reads).toBe(1);
  });

  it('keeps nothing that it read before an eviction', async () => {
    const store = createAuthorityStore(db);
    let reads = 0;
    const counting: AuthorityStore = {
      ...store,
      async findAuthority(id) {
        reads++;
        const found = await store.findAuthority(id);
        // Another process changes it now.
        if (reads === 2) holder.evict(null);
        return found;
      },
    };
    const holder = createHolder({}, { store: counting });
    await holder.open('default');
    holder.evict(null);
    await holder.open('default');
    await holder.open('default');
    expect(reads).toBe(3);
  });
});
