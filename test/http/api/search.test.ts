import { describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../../make-csr.ts';
import { BASIC } from '../fakes.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const PATH = '/api/v1/certificates';

interface Names {
  readonly dns?: string[];
  readonly ip?: string[];
  readonly email?: string[];
}

async function issue(live: LiveWorker, names: Names, cn: string, as = BASIC): Promise<string> {
  const csr = await makeCsrPem({ subject: [commonName('of.the.csr')] });
  const body = { csr, subject: `CN=${cn}`, names, profile: 'tls-server-client' };
  const { json, text } = await live.send(PATH, {
    body,
    as,
    headers: { Accept: 'application/json' },
  });
  if (typeof json.serial !== 'string') throw new Error(text);
  return json.serial;
}

async function find(live: LiveWorker, query: string, as = BASIC): Promise<string[]> {
  const { status, json, text } = await live.send(`${PATH}?${query}`, { as });
  if (status !== 200 || !Array.isArray(json.certificates)) throw new Error(text);
  return json.certificates.map(({ serial }) => String(serial));
}

async function openFilled() {
  const live = await openWorker();
  const www = await issue(live, { dns: ['www.corp.example'] }, 'www.corp.example');
  const wild = await issue(live, { dns: ['*.corp.example', 'corp.example'] }, 'Corp Ltd');
  const host = await issue(live, { ip: ['10.0.0.5'], dns: ['host.test'] }, 'host.test');
  return { live, www, wild, host };
}

describe('the search for certificates', () => {
  it('finds by each filter', async () => {
    const { live, www, wild, host } = await openFilled();
    expect(await find(live, '')).toEqual(expect.arrayContaining([www, wild, host]));
    expect(await find(live, 'dns=WWW.corp.example.')).toEqual([www]);
    expect((await find(live, 'dns=*.corp.example')).sort()).toEqual([www, wild].sort());
    expect(await find(live, 'text=corp%20LTD')).toEqual([wild]);
    expect(await find(live, 'ip=10.0.0.5')).toEqual([host]);
    expect(await find(live, `serial=${host.slice(0, 6).toUpperCase()}`)).toEqual([host]);
    expect(await find(live, 'profile=tls-server-client&dns=host.test')).toEqual([host]);
    expect(await find(live, 'authority=default&ip=10.0.0.5')).toEqual([host]);
    expect(await find(live, 'authority=nothing')).toEqual([]);
    expect(await find(live, 'origin=acme')).toEqual([]);
    expect(await find(live, 'state=valid&dns=host.test')).toEqual([host]);
    expect(await find(live, 'state=expired')).toEqual([]);
    expect(await find(live, 'issuedBefore=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await find(live, 'dns=host.test&sort=notAfter')).toEqual([host]);
  });

  it('finds by fingerprint and key', async () => {
    const { live, host } = await openFilled();
    const { json } = await live.send(`${PATH}?ip=10.0.0.5`);
    const [{ publicKeyId = '' } = {}] = Array.isArray(json.certificates) ? json.certificates : [];
    expect(await find(live, `publicKeyId=${publicKeyId}`)).toEqual([host]);
    const row = await live.db
      .prepare(
        "SELECT substr(term, 8) AS sha FROM certificate_terms WHERE term LIKE 'sha256:%' AND serial = ?",
      )
      .bind(host)
      .first<{ sha: string }>();
    expect(await find(live, `fingerprint=${row?.sha}`)).toEqual([host]);
  });

  it('follows revocations, holds and releases', async () => {
    const { live, www, wild } = await openFilled();
    const revoke = (serial: string, reason: string) =>
      live.send(`${PATH}/${serial}/revoke`, { body: { reason } });
    await revoke(www, 'superseded');
    await revoke(wild, 'certificateHold');
    expect(await find(live, 'state=revoked')).toEqual([www]);
    expect(await find(live, 'state=on-hold')).toEqual([wild]);
    await live.send(`${PATH}/${wild}/release`, { method: 'POST' });
    expect(await find(live, 'state=on-hold')).toEqual([]);
    await revoke(wild, 'certificateHold');
    await revoke(wild, 'keyCompromise');
    expect((await find(live, 'state=revoked')).sort()).toEqual([www, wild].sort());
    expect(await find(live, 'state=on-hold')).toEqual([]);
  });

  it('shows an account its own certificates only', async () => {
    const { live, www } = await openFilled();
    const account = await live.createAccount();
    const { basic } = await live.createKey(['certificates:Issue', 'certificates:Read'], account);
    const own = await issue(live, { dns: ['www.corp.example'] }, 'www.corp.example', basic);
    for (const query of ['', 'dns=www.corp.example', 'sort=notAfter', 'dns=*.corp.example']) {
      expect(await find(live, query, basic)).toEqual([own]);
      expect(await find(live, `${query}&account=root`, basic)).toEqual([]);
    }
    expect(await find(live, `serial=${www.slice(0, 8)}`, basic)).toEqual([]);
    expect(await find(live, `account=${account}`)).toEqual([own]);
    expect((await find(live, 'dns=www.corp.example')).sort()).toEqual([www, own].sort());
  });

  it('counts only certificates that the account may see', async () => {
    const { live, www } = await openFilled();
    const { json } = await live.send(`${PATH}?serial=${www}`);
    const [{ publicKeyId = '' } = {}] = Array.isArray(json.certificates) ? json.certificates : [];
    const { basic } = await live.createKey(['certificates:Read'], await live.createAccount());
    for (const query of [`serial=${www}`, `publicKeyId=${publicKeyId}`]) {
      for (const sort of ['-issuedAt', 'notAfter']) {
        const path = `${PATH}?${query}&sort=${sort}&count=true`;
        expect((await live.send(path)).json.total).toEqual({ value: 1, kind: 'exact' });
        const { json: seen } = await live.send(path, { as: basic });
        expect(seen.total).toEqual({ value: 0, kind: 'exact' });
      }
    }
  });

  it('finds CA certificates', async () => {
    const live = await openWorker();
    const body = { name: 'Below', subject: 'CN=Sub CA of the search', parent: 'default' };
    expect((await live.send('/api/v1/authorities', { body })).status).toBe(201);
    expect(await find(live, 'text=search&authority=default')).toHaveLength(1);
  });

  it('finds imported certificates, and entries without one', async () => {
    const live = await openWorker();
    const certificates = [
      { serial: 'abcd01', subject: '/CN=bare entry', notAfter: '2030-01-01T00:00:00Z' },
      {
        serial: 'abcd02',
        subject: '/CN=revoked entry',
        notAfter: '2030-01-01T00:00:00Z',
        revocation: { revokedAt: '2025-01-01T00:00:00Z', reason: 'superseded' },
      },
    ];
    const path = '/api/v1/authorities/default/history';
    const imported = await live.send(path, { body: { certificates } });
    expect(imported).toMatchObject({ status: 200, json: { certificates: 2, revocations: 1 } });
    expect(await find(live, 'text=bare')).toEqual(['abcd01']);
    expect(await find(live, 'text=entry&state=revoked')).toEqual(['abcd02']);
    expect(await find(live, 'origin=import&authority=default&sort=issuedAt')).toEqual([
      'abcd01',
      'abcd02',
    ]);
  });

  it('finds what was issued before there was a search, once the job has run', async () => {
    const { live, www, host } = await openFilled();
    await live.db.batch([
      live.db.prepare('DELETE FROM certificate_terms'),
      live.db.prepare("INSERT INTO certificate_terms_backfill VALUES (1, '', '')"),
    ]);
    expect(await find(live, 'dns=www.corp.example')).toEqual([]);
    const run = () => live.send('/api/v1/jobs/index-certificates', { method: 'POST' });
    expect((await run()).json).toMatchObject({ report: { indexed: 3, more: false } });
    expect(await find(live, 'dns=www.corp.example')).toEqual([www]);
    expect(await find(live, 'ip=10.0.0.5&authority=default')).toEqual([host]);
    expect((await run()).json).toMatchObject({ report: { indexed: 0, more: false } });
  });

  it('streams everything as CSV or NDJSON', async () => {
    const { live, www, wild, host } = await openFilled();
    await issue(live, { email: ['+1@formula.test'] }, 'formula');
    const ask = (Accept: string, query = '') =>
      live.send(`${PATH}?${query}`, { headers: { Accept } });
    const lines = await ask('application/x-ndjson', 'sort=issuedAt');
    expect(lines.headers.get('Content-Type')).toBe('application/x-ndjson');
    const parsed = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { json } = await live.send(`${PATH}?sort=issuedAt`);
    expect(parsed).toEqual(json.certificates);
    expect(parsed.map(({ serial }) => serial)).toEqual(expect.arrayContaining([www, wild, host]));
    const csv = await ask('text/csv', 'text=formula');
    expect(csv.headers.get('Content-Disposition')).toBe('attachment; filename="certificates.csv"');
    const [header, row, ...rest] = csv.text.split('\r\n');
    expect(header).toMatch(/^serial,authority,subject,names,state,/);
    expect(row).toContain(',CN=formula,"\'+1@formula.test",valid,');
    expect(rest).toEqual(['']);
    expect((await ask('text/csv', 'dns=nothing.test')).text).toBe(`${header}\r\n`);
  });

  it('counts what it finds', async () => {
    const { live } = await openFilled();
    const total = async (query: string) => (await live.send(`${PATH}?${query}`)).json.total;
    expect(await total('limit=1')).toBeNull();
    expect(await total('count=true&limit=1')).toEqual({ value: 3, kind: 'exact' });
    expect(await total('count=true&dns=*.corp.example')).toEqual({ value: 2, kind: 'exact' });
    expect(await total('count=true&dns=*.corp.example&state=revoked')).toEqual({
      value: 2,
      kind: 'at-most',
    });
  });

  it('finds expired certificates, the latest first', async () => {
    const { live, www, wild } = await openFilled();
    const expire = 'UPDATE certificates SET not_after_s = ?1 WHERE serial = ?2';
    await live.db.batch([
      live.db.prepare(expire).bind(1_000_000, www),
      live.db.prepare(expire).bind(2_000_000, wild),
    ]);
    expect(await find(live, 'state=expired')).toEqual([wild, www]);
    expect(await find(live, 'state=expired&sort=notAfter')).toEqual([www, wild]);
    expect(await find(live, 'state=expired&expiresBefore=1970-01-20T00:00:00Z')).toEqual([www]);
    expect(await find(live, 'state=valid&sort=notAfter')).toHaveLength(1);
  });

  it('goes through pages in both orders, without gaps or repetitions', async () => {
    const { live } = await openFilled();
    for (const sort of ['-issuedAt', 'issuedAt', '-notAfter', 'notAfter']) {
      const whole = await find(live, `sort=${sort}`);
      const pages: string[] = [];
      let cursor = '';
      do {
        const { json } = await live.send(`${PATH}?sort=${sort}&limit=1${cursor}`);
        const rows = Array.isArray(json.certificates) ? json.certificates : [];
        pages.push(...rows.map(({ serial }) => String(serial)));
        cursor = json.next === null ? '' : `&cursor=${json.next}`;
      } while (cursor !== '');
      expect(pages).toEqual(whole);
    }
  });

  it.each([
    ['nothing=1', 'nothing'],
    ['dns=a&dns=b', 'dns'],
    ['dns=', 'dns'],
    ['dns=*.*.test', 'dns'],
    ['ip=300.1.1.1', 'ip'],
    ['serial=12', 'serial'],
    ['serial=xyz123', 'serial'],
    ['fingerprint=12', 'fingerprint'],
    ['state=lost', 'state'],
    ['sort=name', 'sort'],
    ['limit=0', 'limit'],
    ['count=maybe', 'count'],
    ['text=%25%26', 'text'],
    [`text=${'a'.repeat(10_000)}`, 'text'],
    ['issuedAfter=2026-01-02T00:00:00Z&issuedBefore=2026-01-01T00:00:00Z', 'issuedBefore'],
    ['cursor=AAAA', 'cursor'],
  ])('refuses %s', async (query, field) => {
    const live = await openWorker();
    expect(await live.send(`${PATH}?${query}`)).toMatchObject({
      status: 400,
      json: { code: 'invalid-parameter', field },
    });
  });

  it('refuses the cursor of another search', async () => {
    const { live } = await openFilled();
    const { json } = await live.send(`${PATH}?limit=1`);
    expect((await live.send(`${PATH}?limit=1&cursor=${json.next}`)).status).toBe(200);
    expect((await live.send(`${PATH}?limit=1&state=valid&cursor=${json.next}`)).status).toBe(400);
  });
});
