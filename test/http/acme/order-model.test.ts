import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { parseSubjectAltName } from '../../../src/x509/names/general-names.ts';
import { signJws } from '../../acme/jws.ts';
import { countRows } from '../../store/database.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { type AcmeClient, JOSE } from './acme-client.ts';
import { makeChallengeText } from './challenge-text.ts';
import { makeCsr, openBound, order } from './orders.ts';
import { mockResolver } from './resolver.ts';

captureLog();
afterEach(() => {
  vi.restoreAllMocks();
});

/** What an authorization is in the model: RFC 8555 section 7.1.6. */
type Authorized = 'pending' | 'valid' | 'invalid' | 'deactivated';

interface ModelOrder {
  readonly owner: number;
  readonly names: readonly string[];
  readonly url: string;
  readonly finalizeUrl: string;
  readonly authorizationUrls: readonly string[];
  readonly authorized: Authorized[];
  finalized: boolean;
}

interface Model {
  readonly orders: ModelOrder[];
}

interface Real {
  readonly live: LiveWorker;
  readonly clients: readonly AcmeClient[];
  readonly texts: Map<string, string>;
  /** The URL and body of a request that was answered. */
  lastSigned: { readonly url: string; readonly body: string } | null;
}

function statusOf({ finalized, authorized }: ModelOrder): string {
  if (finalized) return 'valid';
  if (authorized.every((each) => each === 'valid')) return 'ready';
  return authorized.some((each) => each === 'invalid' || each === 'deactivated')
    ? 'invalid'
    : 'pending';
}

function clientOf({ clients }: Real, index: number): AcmeClient {
  const client = clients[index];
  if (client === undefined) throw new Error('no client');
  return client;
}

/** Sends a signed request and keeps its bytes for a replay. */
async function post(real: Real, by: number, url: string, payload?: unknown): Promise<Received> {
  const client = clientOf(real, by);
  const header = { kid: client.account, url, nonce: await client.nonce() };
  const body = JSON.stringify(await signJws(client.key, header, payload));
  real.lastSigned = { url, body };
  return client.send(url, { method: 'POST', body, headers: { 'Content-Type': JOSE } });
}

function pick(model: Model, index: number): ModelOrder | null {
  return model.orders[index % Math.max(model.orders.length, 1)] ?? null;
}

type Command = fc.AsyncCommand<Model, Real>;

/** A request for one of the orders. One by another account finds nothing. */
abstract class ForOrder implements Command {
  readonly by: number;
  readonly index: number;
  constructor(by: number, index: number) {
    this.by = by;
    this.index = index;
  }
  check = (model: Readonly<Model>) => model.orders.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const found = pick(model, this.index);
    if (found === null) return;
    await this.runFor(found, real, found.owner === this.by);
  }
  abstract runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void>;
  toString = () => `${this.constructor.name}(${this.by}, ${this.index})`;
}

class NewOrder implements Command {
  readonly by: number;
  readonly names: readonly string[];
  constructor(by: number, names: readonly string[]) {
    this.by = by;
    this.names = names;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const answer = await order(clientOf(real, this.by), this.names);
    if (this.names.some((name) => name.endsWith('.other.test'))) {
      expect(answer.status).toBe(400);
      return;
    }
    expect(answer.status, answer.text).toBe(201);
    const created: ModelOrder = {
      owner: this.by,
      names: this.names,
      url: answer.headers.get('Location') ?? '',
      finalizeUrl: String(answer.json.finalize),
      authorizationUrls: Object(answer.json.authorizations).map(String),
      authorized: this.names.map((name) => (name.endsWith('.internal.test') ? 'valid' : 'pending')),
      finalized: false,
    };
    expect(answer.json.status).toBe(statusOf(created));
    model.orders.push(created);
  }
  toString = () => `NewOrder(${this.by}, ${this.names.join(' ')})`;
}

class ReadOrder extends ForOrder {
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    const answer = await post(real, this.by, found.url);
    expect(answer.status).toBe(isOwn ? 200 : 404);
    if (isOwn) expect(answer.json.status).toBe(statusOf(found));
  }
}

class ReadAuthorization extends ForOrder {
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    for (const [at, url] of found.authorizationUrls.entries()) {
      const answer = await post(real, this.by, url);
      expect(answer.status).toBe(isOwn ? 200 : 404);
      if (isOwn) expect(answer.json.status).toBe(found.authorized[at]);
    }
  }
}

class Deactivate extends ForOrder {
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    const at = this.index % found.names.length;
    const url = found.authorizationUrls[at] ?? '';
    const answer = await post(real, this.by, url, { status: 'deactivated' });
    const former = found.authorized[at];
    if (!isOwn) expect(answer.status).toBe(404);
    else if (former === 'invalid') expect(answer.status).toBe(400);
    else {
      expect(answer.json.status).toBe('deactivated');
      found.authorized[at] = 'deactivated';
    }
  }
}

class AnswerChallenge extends ForOrder {
  readonly succeeds: boolean;
  constructor(by: number, index: number, succeeds: boolean) {
    super(by, index);
    this.succeeds = succeeds;
  }
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    const at = this.index % found.names.length;
    const former = found.authorized[at];
    const authorizationUrl = found.authorizationUrls[at] ?? '';
    const url = `${authorizationUrl.replace('/authz/', '/chall/')}/dns-01`;
    const owner = clientOf(real, found.owner);
    const { json } = await owner.post(url);
    const name = `_acme-challenge.${(found.names[at] ?? '').replace('*.', '')}`;
    if (this.succeeds) real.texts.set(name, await makeChallengeText(owner, json.token));
    else real.texts.delete(name);
    const answer = await post(real, this.by, url, {});
    if (!isOwn) {
      expect(answer.status).toBe(404);
    } else if (former === 'pending') {
      const status = this.succeeds ? 'valid' : 'invalid';
      expect(answer.json.status, answer.text).toBe(status);
      found.authorized[at] = status;
    } else if (answer.status === 200 && former !== 'deactivated') {
      expect(answer.json.status).toBe(former);
    } else {
      // A challenge was validated before the deactivation, or another is refused.
      expect(['valid', 400]).toContain(answer.json.status);
    }
  }
}

class Finalize extends ForOrder {
  readonly times: number;
  readonly further: readonly string[];
  constructor(by: number, index: number, times: number, further: readonly string[]) {
    super(by, index);
    this.times = times;
    this.further = further;
  }
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    const csr = await makeCsr([...new Set([...found.names, ...this.further])]);
    const isExact = this.further.every((name) => found.names.includes(name));
    const former = statusOf(found);
    const answers = await Promise.all(
      Array.from({ length: this.times }, () => post(real, this.by, found.finalizeUrl, { csr })),
    );
    const done = answers.filter(({ status }) => status === 200);
    for (const { json } of done) expect(json.status).toBe('valid');
    expect(done).toHaveLength(isOwn && isExact && former === 'ready' ? 1 : 0);
    if (done.length > 0) found.finalized = true;
  }
  override toString = () =>
    `Finalize(${this.by}, ${this.index}, ${this.times}, ${this.further.join(' ')})`;
}

class Download extends ForOrder {
  async runFor(found: ModelOrder, real: Real, isOwn: boolean): Promise<void> {
    const answer = await post(real, this.by, found.url.replace('/order/', '/cert/'));
    expect(answer.status).toBe(isOwn && found.finalized ? 200 : 404);
  }
}

/** Sends the last request again, with the same nonce. */
class Replay implements Command {
  check = () => true;
  async run(_: Model, real: Real): Promise<void> {
    if (real.lastSigned === null) return;
    const { url, body } = real.lastSigned;
    const headers = { 'Content-Type': JOSE };
    const answer = await clientOf(real, 0).send(url, { method: 'POST', body, headers });
    expect([answer.status, answer.json.type]).toEqual([400, 'urn:ietf:params:acme:error:badNonce']);
  }
  toString = () => 'Replay()';
}

async function listCertified(live: LiveWorker): Promise<string[]> {
  const { results } = await live.db
    .prepare('SELECT certificate FROM certificates')
    .all<{ certificate: string }>();
  return results
    .map(({ certificate }) => {
      const { extensions } = parseCertificate(Uint8Array.fromBase64(certificate));
      const extension = extensions.get(OID.subjectAltName);
      if (extension === undefined) throw new Error('a certificate without names');
      return parseSubjectAltName(extension.valueDer)
        .map(({ value }) => value)
        .sort()
        .join(' ');
    })
    .sort();
}

const NAMES = ['a.internal.test', '*.b.internal.test', 'c.proven.test', '*.d.proven.test'];
const by = fc.constantFrom(0, 0, 0, 1);
const index = fc.nat(20);
const names = fc.uniqueArray(fc.constantFrom(...NAMES, ...NAMES, ...NAMES, 'x.other.test'), {
  minLength: 1,
  maxLength: 3,
});
const further = fc.constantFrom<(readonly string[])[]>(
  [],
  [],
  [],
  ['a.internal.test'],
  ['y.other.test'],
);

const COMMANDS = fc.commands(
  [
    fc.tuple(by, names).map(([who, asked]) => new NewOrder(who, asked)),
    fc.tuple(by, names).map(([who, asked]) => new NewOrder(who, asked)),
    fc.tuple(by, index).map(([who, at]) => new ReadOrder(who, at)),
    fc.tuple(by, index).map(([who, at]) => new ReadAuthorization(who, at)),
    fc.tuple(by, index).map(([who, at]) => new Deactivate(who, at)),
    fc
      .tuple(by, index, fc.constantFrom(true, true, false))
      .map(([who, at, succeeds]) => new AnswerChallenge(who, at, succeeds)),
    fc
      .tuple(by, index, fc.constantFrom(1, 1, 3), further)
      .map(([who, at, times, more]) => new Finalize(who, at, times, more)),
    fc.tuple(by, index).map(([who, at]) => new Download(who, at)),
    fc.constant(new Replay()),
  ],
  { maxCommands: 60, size: 'max' },
);

describe('any sequence of requests', () => {
  it('keeps to the state machine, and certifies only authorized names', async () => {
    let certificates = 0;
    const property = fc.asyncProperty(COMMANDS, async (commands) => {
      const live = await openWorker();
      const texts = new Map<string, string>();
      vi.restoreAllMocks();
      vi.spyOn(console, 'log').mockImplementation(() => {});
      mockResolver(texts);
      const clients = [await openBound(live), await openBound(live)];
      const model: Model = { orders: [] };
      const real: Real = { live, clients, texts, lastSigned: null };
      await fc.asyncModelRun(() => ({ model, real }), commands);
      const expected = model.orders
        .filter(({ finalized }) => finalized)
        .map(({ names: certified }) => [...certified].sort().join(' '));
      expect(await listCertified(live)).toEqual(expected.sort());
      expect(await countRows(live.db, 'acme_orders')).toBe(model.orders.length);
      certificates += expected.length;
    });
    await fc.assert(property, { numRuns: 12, seed: Number(env.FUZZ_SEED) });
    expect(certificates).toBeGreaterThan(5);
  }, 120_000);
});
