import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocalServer } from '../../scripts/local-server.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { makeOpensslCa, type OpensslCa } from './openssl-ca.ts';
import { type RunResult, requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const IMPORT_TIMEOUT_MS = 120_000;
const openssl = requireTool('openssl', ['version']);
const work = makeWorkDirectory();
afterAll(() => work.remove());

/** Runs `npm run import -- …` with its own state. */
function importCa(state: string, ...args: string[]): RunResult {
  const script = join(PROJECT_DIR, 'scripts', 'import.ts');
  return tryRun('env', [`SIGNET_STATE=${state}`, process.execPath, script, ...args], {
    timeoutMs: IMPORT_TIMEOUT_MS,
  });
}

function readCredentials(state: string): string {
  const curl = readFileSync(join(state, '.dev.curl'), 'utf8');
  const [, user = ''] = /user = "(.*)"/.exec(curl) ?? [];
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

async function revoke(server: LocalServer, state: string, serial: string): Promise<number> {
  const response = await fetch(`${server.url}/api/v1/certificates/${serial}/revoke`, {
    method: 'POST',
    headers: { Authorization: readCredentials(state) },
    body: '{"reason":"superseded"}',
  });
  await response.text();
  return response.status;
}

async function download(server: LocalServer, path: string, name: string): Promise<string> {
  const response = await fetch(`${server.url}${path}`);
  expect(response.status).toBe(200);
  const file = join(work.path, name);
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  return file;
}

function verify(ca: string, certificate: string, crl?: string): RunResult {
  const check = crl === undefined ? [] : ['-crl_check', '-CRLfile', crl];
  return tryRun('openssl', ['verify', '-CAfile', ca, ...check, certificate]);
}

function crlText(path: string): string {
  return run('openssl', ['crl', '-in', path, '-noout', '-text']).stdout;
}

function readNumber(crl: string): number {
  return Number.parseInt(
    run('openssl', ['crl', '-in', crl, '-noout', '-crlnumber']).stdout.replace('crlNumber=', ''),
    16,
  );
}

describe.skipIf(openssl.missing)(openssl.title('npm run import'), () => {
  describe('of a root with a history', () => {
    const state = join(work.path, 'state');
    let old: OpensslCa;
    let first: RunResult;
    let server: LocalServer;
    beforeAll(async () => {
      old = makeOpensslCa(join(work.path, 'demoCA'), { subject: '/O=Old/CN=Old Root' });
      for (const name of ['valid', 'other', 'stolen', 'leaked', 'lost']) old.issue(name);
      old.issue('expired', '-startdate', '20200101000000Z', '-enddate', '20210101000000Z');
      old.ca('-updatedb');
      old.ca('-revoke', old.file('stolen.pem'), '-crl_reason', 'keyCompromise');
      old.ca('-gencrl', '-out', old.file('crl.pem'));
      old.ca('-revoke', old.file('leaked.pem'), '-crl_compromise', '20250203040506Z');
      old.ca('-gencrl', '-out', old.file('crl.pem'));
      run('rm', [old.file(`newcerts/${old.serialOf('lost')}.pem`)]);
      first = importCa(state, old.path);
      server = await startLocalServer(state);
    }, 2 * IMPORT_TIMEOUT_MS);
    afterAll(() => server?.stop());

    it('reports the result and the next step', () => {
      expect(first.stderr).toBe('');
      expect(first.code).toBe(0);
      expect(first.stdout).toMatch(/^Authority +O=Old, CN=Old Root$/m);
      expect(first.stdout).toMatch(/^Certificates +6 in the index, 6 of them new here$/m);
      expect(first.stdout).toMatch(/^Revocations +2 in the index, 2 new here$/m);
      // crlnumber started at hexadecimal 1000, and two CRLs were made.
      expect(first.stdout).toMatch(/^CRL number +4098$/m);
      expect(first.stdout).toContain('1 certificates are not in newcerts');
      expect(first.stdout).toContain('npm start');
      expect(statSync(join(state, '.dev.vars')).mode & 0o777).toBe(0o600);
    });

    it('publishes the old CA certificate byte for byte', async () => {
      const der = readFileSync(await download(server, '/ca/default.crt', 'ca.crt'));
      const wanted = run('openssl', ['x509', '-in', old.file('cacert.pem'), '-outform', 'DER']);
      expect(der.equals(wanted.stdoutBytes)).toBe(true);
      const pem = await download(server, '/api/ca/cacert', 'cacert.pem');
      expect(verify(pem, old.file('valid.pem')).stdout).toContain(': OK');
    });

    it('continues from the last CRL, with its entries', async () => {
      const crl = await download(server, '/api/ca/crl', 'crl.pem');
      expect(readNumber(old.file('crl.pem'))).toBe(4097);
      expect(readNumber(crl)).toBe(4098);
      const text = crlText(crl);
      expect(text).toMatch(/Key Compromise/);
      expect(text).toMatch(/Invalidity Date: *\n? +Feb {2}3 04:05:06 2025 GMT/);
      expect(text.match(/Serial Number:/g)).toHaveLength(2);
      const dates = (list: string) => list.match(/Revocation Date: .*/g)?.sort();
      expect(dates(text)).toEqual(dates(crlText(old.file('crl.pem'))));
      expect(verify(old.file('cacert.pem'), old.file('valid.pem'), crl).stdout).toContain(': OK');
      for (const name of ['stolen', 'leaked']) {
        const refused = verify(old.file('cacert.pem'), old.file(`${name}.pem`), crl);
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toContain('certificate revoked');
      }
    });

    it('revokes old certificates by their serial numbers', async () => {
      for (const name of ['other', 'lost']) {
        expect(await revoke(server, state, old.serialOf(name))).toBe(200);
        const crl = await download(server, '/api/ca/crl', 'later.pem');
        const refused = verify(old.file('cacert.pem'), old.file(`${name}.pem`), crl);
        expect(refused.stderr).toContain('certificate revoked');
      }
      expect(await revoke(server, state, old.serialOf('stolen'))).toBe(409);
    });

    it('refuses a key that was revoked for compromise', async () => {
      for (const name of ['stolen', 'leaked', 'valid']) {
        const response = await fetch(`${server.url}/api/v1/certificates`, {
          method: 'POST',
          headers: { Authorization: readCredentials(state) },
          body: old.read(`${name}.csr`),
        });
        const answer = await response.text();
        expect([name, response.status]).toEqual([name, name === 'valid' ? 201 : 400]);
        expect(answer.includes('key-compromised')).toBe(name !== 'valid');
      }
    });

    it(
      'changes nothing when it is run again',
      async () => {
        const before = await download(server, '/api/ca/crl', 'before.pem');
        const secrets = readFileSync(join(state, '.dev.vars'), 'utf8');
        await server.stop();
        const second = importCa(state, old.path);
        expect(second.stderr).toBe('');
        expect(second.stdout).toContain('6 in the index, 0 of them new here');
        expect(second.stdout).toContain('2 in the index, 0 new here');
        expect(readFileSync(join(state, '.dev.vars'), 'utf8')).toBe(secrets);
        server = await startLocalServer(state);
        const after = await download(server, '/api/ca/crl', 'after.pem');
        expect(readFileSync(after)).toEqual(readFileSync(before));
      },
      2 * IMPORT_TIMEOUT_MS,
    );

    it('does not change the state of another CA', () => {
      const another = makeOpensslCa(join(work.path, 'anotherCA'), { subject: '/CN=Another' });
      const secrets = readFileSync(join(state, '.dev.vars'), 'utf8');
      const refused = importCa(state, another.path);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('has the key of another CA');
      expect(refused.stderr).toContain('SIGNET_STATE=');
      expect(readFileSync(join(state, '.dev.vars'), 'utf8')).toBe(secrets);
    });

    it('imports into a deployed Signet, if that is the same CA', async () => {
      const vars = join(state, '.dev.vars');
      const unused = join(work.path, 'unused');
      const remote = importCa(unused, old.path, '--url', server.url, '--secrets-file', vars);
      expect(remote.stderr).toBe('');
      expect(remote.stdout).toContain('6 in the index, 0 of them new here');
      const another = join(work.path, 'anotherCA');
      const refused = importCa(unused, another, '--url', server.url, '--secrets-file', vars);
      expect(refused.stderr).toContain('is another CA');
      expect(importCa(unused, old.path, '--url', 'http://ca.example').stderr).toContain('https');
      expect(importCa(unused, old.path, '--url', server.url).stderr).toContain('missing');
      expect(existsSync(unused)).toBe(false);
    });
  });

  describe('of an intermediate', () => {
    const state = join(work.path, 'intermediate-state');
    let root: OpensslCa;
    let low: OpensslCa;
    beforeAll(() => {
      root = makeOpensslCa(join(work.path, 'rootCA'), { subject: '/O=Old/CN=Top' });
      low = makeOpensslCa(join(work.path, 'lowCA'), {
        subject: '/O=Old/CN=Low',
        keyArgs: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
        issuer: root,
      });
      low.issue('leaf');
    });

    it('asks for its chain', () => {
      const refused = importCa(state, low.path);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('--chain FILE');
      expect(existsSync(state)).toBe(false);
    });

    it(
      'takes it over with its chain',
      async () => {
        const done = importCa(state, low.path, '--chain', root.file('cacert.pem'));
        expect(done.stderr).toBe('');
        expect(done.code).toBe(0);
        const server = await startLocalServer(state);
        try {
          const chain = await download(server, '/ca/default.pem', 'chain.pem');
          const crl = await download(server, '/api/ca/crl', 'low-crl.pem');
          expect(verify(chain, low.file('leaf.pem'), crl).stdout).toContain(': OK');
          expect(verify(root.file('cacert.pem'), low.file('cacert.pem')).stdout).toContain(': OK');
          // No CRL was made before, but crlnumber had the next number.
          expect(readNumber(crl)).toBe(4096);
        } finally {
          await server.stop();
        }
      },
      2 * IMPORT_TIMEOUT_MS,
    );
  });

  it('makes the secrets of a deployment from the directory', () => {
    const ca = makeOpensslCa(join(work.path, 'deployedCA'), { subject: '/CN=Deployed' });
    const file = join(work.path, 'secrets.json');
    const script = join(PROJECT_DIR, 'scripts', 'make-secrets.ts');
    run(process.execPath, [script, file, '--import', ca.path]);
    const secrets: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(secrets.CA_KEY).toBe(ca.read('private/cakey.pem').trim());
    expect(secrets.CA_CERT).toBe(ca.read('cacert.pem').trim());
    expect(Object.keys(secrets)).toContain('SEALING_KEY');
  });

  it('leaves no secrets behind if the import fails, and gives the reason', () => {
    const state = join(work.path, 'refused-state');
    const useless = makeOpensslCa(join(work.path, 'uselessCA'), {
      subject: '/CN=Useless',
      extensions: 'v3_no_lists',
    });
    const refused = importCa(state, useless.path);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('lacks cRLSign');
    expect(existsSync(join(state, '.dev.vars'))).toBe(false);
  });
});
