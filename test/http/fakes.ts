import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createAccessKeySecrets } from '../../src/access/secrets.ts';
import { parsePem } from '../../src/asn1/pem.ts';
import type { Authority } from '../../src/authorities/authority.ts';
import { SignetError } from '../../src/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { createEdge } from '../../src/http/edge/edge.ts';
import type { WorkersCache } from '../../src/http/edge/purge.ts';
import type { HttpConfig, Services } from '../../src/http/services.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { BUILT_IN_PROFILES } from '../../src/issuance/profiles.ts';
import type { RecordedCertificate } from '../../src/issuance/store.ts';
import { createSealer } from '../../src/keys/sealing.ts';
import type { RevocationList } from '../../src/lists/revocation-list.ts';
import type { ChangedRevocation } from '../../src/revocation/store.ts';
import { makeAuthority } from '../make-authority.ts';
import { LEAF_PEM, LEAF_SERIAL_HEX, ROOT_PEM } from './fixtures/certificates.ts';

export const NOW_MS = Date.UTC(2026, 0, 31, 12);

export const CONFIG: HttpConfig = {
  openSslCaSecret: '0123456789abcdefghijklmnopqrstuv',
  openSslCaPolicyId: null,
  rootAccessKey: { id: 'root-key', secret: 'root-secret-for-tests' },
  publicationUrl: 'http://ca.test',
  publicUrl: 'https://ca.test',
  edgeTtlSeconds: 60,
  allowHttpApi: false,
  bceFieldCase: 'camel',
  profiles: BUILT_IN_PROFILES,
  crlLifetimeSeconds: 7 * 86400,
  acmeTermsOfService: null,
  acmeWebsite: null,
  acmeCaaIdentities: [],
};

export const BASIC = `Basic ${btoa('root-key:root-secret-for-tests')}`;

export function pemToDer(pem: string): Uint8Array {
  const [block] = parsePem(pem);
  if (block === undefined) throw new Error('no PEM');
  return block.der;
}

/** Returns any body as text. response.text() warns about types other than text. */
export async function readText(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

/** An authority that cannot sign. */
export function createFakeAuthority(chainDer: readonly Uint8Array[] = []): Promise<Authority> {
  const atMs = NOW_MS - 5000;
  return makeAuthority(pemToDer(ROOT_PEM), null, {
    chainDer,
    subjectKeyIdentifier: new Uint8Array(20),
    createdAtMs: atMs,
    certifiedAtMs: atMs,
  });
}

export function createRecord(changes: Partial<RecordedCertificate> = {}): RecordedCertificate {
  return {
    authorityId: 'default',
    serialHex: LEAF_SERIAL_HEX,
    subject: 'CN=leaf.test',
    publicKeyIdHex: null,
    certificateDer: pemToDer(LEAF_PEM),
    profile: 'tls-server-client',
    origin: 'api',
    accountId: 'root',
    notBeforeSeconds: 1_700_000_000,
    notAfterSeconds: 1_800_000_000,
    issuedAtMs: NOW_MS,
    revocation: null,
    ...changes,
  };
}

async function unused(): Promise<never> {
  throw new Error('a fake that this test does not use');
}

const UNUSED = {
  create: unused,
  find: unused,
  list: unused,
  update: unused,
  remove: unused,
};

const UNUSED_INVENTORY: Inventory = {
  create: unused,
  replace: unused,
  rename: unused,
  find: unused,
  list: unused,
  readPrivateKey: unused,
  remove: unused,
  addIssued: unused,
  bind: unused,
  unbind: unused,
  listBindings: unused,
};

/**
 * Services that record which functions were called; each can be replaced.
 * @param workersCache the platform's own cache, or null for the Cache API
 */
export async function createFakeServices(
  overrides: Partial<Services> = {},
  workersCache: WorkersCache | null = null,
) {
  const authority = await createFakeAuthority();
  const calls: string[] = [];
  const purged: ChangedRevocation[] = [];
  const edgeLog: Readonly<Record<string, unknown>>[] = [];
  const record = createRecord();
  const services: Services = {
    config: CONFIG,
    inventory: UNUSED_INVENTORY,
    clock: () => NOW_MS,
    edge: createEdge({
      publicationUrl: CONFIG.publicationUrl,
      openWorkersCache: () => workersCache,
      openAuthority: async () => authority,
      notePurged: (changed) => purged.push(...changed),
      clock: () => NOW_MS,
      writeLog: (line) => edgeLog.push(JSON.parse(line)),
    }),
    openAuthority: async (id) => {
      if (id !== 'default') throw new SignetError('authority-not-found', `There is no '${id}'.`);
      return authority;
    },
    accessKeySecrets: createAccessKeySecrets({
      store: { findSealedSecret: async () => null, noteUse: async () => {} },
      sealer: createSealer(new Map([[1, new Uint8Array(32)]])),
      rootAccessKey: CONFIG.rootAccessKey,
      clock: () => NOW_MS,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    }),
    sessions: {
      begin: unused,
      open: unused,
      end: unused,
      list: unused,
      revoke: unused,
      deleteEnded: unused,
    },
    openCurrentAuthority: async (id) => services.openAuthority(id),
    listGenerations: async (id) => [id],
    listCrossCertificates: async () => [],
    authorityManager: {
      list: unused,
      find: unused,
      create: unused,
      importCa: unused,
      update: unused,
      complete: unused,
      renew: unused,
      rekey: unused,
      disable: unused,
      enable: unused,
      revoke: unused,
    },
    searchCertificates: unused,
    readFigures: unused,
    previewCertificate: unused,
    accounts: UNUSED,
    accessKeys: UNUSED,
    idempotency: { run: unused },
    checkGrant: async () => {},
    externalCaInstances: { ...UNUSED, refund: unused },
    issueExternalCa: unused,
    admitCall: async () => true,
    recordRefusedCall: async () => {},
    recordAnsweredCall: async () => {},
    claimNonce: async () => {},
    issueIdentifiedLeaf: async () => {
      throw new SignetError('internal', 'not faked');
    },
    findIdentified: async () => null,
    listIdentified: async () => ({ certificates: [], total: 0 }),
    countIdentified: async () => 0,
    findInstanceOf: async () => null,
    issueCertificate: async ({ authorityId }) => {
      const { certificateDer, chainDer } = await services.openCurrentAuthority(authorityId);
      return {
        authorityId,
        serialHex: LEAF_SERIAL_HEX,
        certificateDer: pemToDer(LEAF_PEM),
        chainDer: [certificateDer, ...chainDer],
        crossCertificateDer: null,
        notBeforeSeconds: 1_700_000_000,
        notAfterSeconds: 1_800_000_000,
      };
    },
    revokeCertificate: async () => ({ revokedAtSeconds: NOW_MS / 1000 }),
    releaseCertificate: unused,
    revokeByKey: unused,
    revokeMany: unused,
    importHistory: async () => ({ certificates: 0, revocations: 0 }),
    currentCrl: async () => makeList(Uint8Array.of(0x30, 0)),
    currentDelta: async () => makeList(Uint8Array.of(0x30, 1, 0)),
    findScopeRevision: async () => 7,
    answerOcsp: unused,
    ocspResponders: {
      list: unused,
      issue: unused,
      upload: unused,
      remove: unused,
      renewDue: unused,
    },
    findOcspStatus: unused,
    findCertificates: async (serialHex, authorityId) =>
      serialHex === record.serialHex && (authorityId ?? 'default') === 'default' ? [record] : [],
    acmeNonces: { make: async () => 'a-nonce', check: async () => {} },
    openAcmeCall: unused,
    acmeOrders: UNUSED,
    acmeAuthorizations: {
      find: unused,
      deactivate: unused,
      findChallenge: unused,
      answer: unused,
      resume: unused,
    },
    acmeFinalize: { finalize: unused, resume: unused },
    acmeCertificates: UNUSED,
    revokeByAcme: unused,
    findAcmeRenewal: unused,
    acmeAccounts: {
      register: unused,
      find: unused,
      setContacts: unused,
      deactivate: unused,
      changeKey: unused,
      spend: unused,
      evict: () => {},
    },
    acmeAdministration: { list: unused, find: unused, deactivate: unused },
    eabKeys: UNUSED,
    webhooks: {
      ...UNUSED,
      rotateSecret: unused,
      test: unused,
      listDeliveries: unused,
      replay: unused,
    },
    deliverSoon: () => {},
    policies: { ...UNUSED, evaluate: unused },
    listAuditEvents: async () => ({ events: [], nextAfterPosition: null }),
    verifyAuditChain: async () => ({
      ok: true,
      events: 0,
      sealedThrough: 0,
      unsealed: 0,
      checkpoints: 0,
      longestDelaySeconds: 0,
      firstBadPosition: null,
      problem: null,
      verifiedThrough: 0,
      checkpoint: null,
      complete: true,
    }),
    readNewestCheckpoint: unused,
    runJob: async () => ({ sealed: 0 }),
    checkHealth: async () => ({
      secrets: true,
      database: true,
      authority: true,
      audit: true,
      problems: [],
      warnings: [],
    }),
    ...overrides,
  };
  return { services: countCalls(services, calls), calls, edgeLog, purged };
}

/** A list of these bytes, which come one by one. */
export function makeList(
  crlDer: Uint8Array,
  overrides: Partial<RevocationList> = {},
): RevocationList {
  return {
    number: 1,
    revision: 7,
    thisUpdateSeconds: NOW_MS / 1000 - 10,
    nextUpdateSeconds: NOW_MS / 1000 + 86400,
    byteLength: crlDer.length,
    tagHex: crlDer.toHex().padEnd(64, '0'),
    async *read() {
      for (const byte of crlDer) yield Uint8Array.of(byte);
    },
    release: () => {},
    ...overrides,
  };
}

/** Writes the name of every function that is called, but the clock, into `calls`. */
function countCalls(services: Services, calls: string[]): Services {
  return new Proxy(services, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value === 'function' && name !== 'clock') calls.push(String(name));
      return value;
    },
  });
}

export interface Sent {
  readonly response: Response;
  /** The lines that were logged, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** The first of them. */
  readonly line: Readonly<Record<string, unknown>>;
  /** The same as it was written. */
  readonly rawLine: string;
}

/** Sends one request through a new app and waits for its background work. */
export async function send(
  services: Services,
  path: string,
  init: RequestInit = {},
): Promise<Sent> {
  const rawLines: string[] = [];
  const app = createApp({
    openServices: () => services,
    clock: () => NOW_MS,
    writeLog: (line) => rawLines.push(line),
  });
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(new URL(path, 'https://ca.test'), init),
    env,
    context,
  );
  await waitOnExecutionContext(context);
  const lines = rawLines.map((each): Readonly<Record<string, unknown>> => JSON.parse(each));
  const [line = {}] = lines;
  return { response, lines, line, rawLine: rawLines[0] ?? '' };
}
