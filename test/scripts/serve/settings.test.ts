import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseProcesses, readSettings, WORKER_NAMES } from '../../../scripts/serve/settings.ts';
import { readConfig } from '../../../src/config.ts';
import { makeWorkDirectory, type WorkDirectory } from '../../interop/work-directory.ts';

let state: WorkDirectory;
beforeEach(() => {
  state = makeWorkDirectory();
});
afterEach(() => state.remove());

function writePrivately(name: string, text: string): void {
  writeFileSync(join(state.path, name), text, { mode: 0o600 });
}

describe('readSettings', () => {
  it('knows exactly the names that the Worker reads', () => {
    const asked = new Set<string>();
    // Sealing keys are found among the names that there are.
    const env = new Proxy<Record<string, unknown>>(
      { SEALING_KEY: '' },
      {
        get(_, name) {
          asked.add(String(name));
          return undefined;
        },
      },
    );
    readConfig(env);
    expect([...WORKER_NAMES].sort()).toEqual([...asked, 'TRUSTED_PROXIES'].sort());
  });

  it('has defaults for everything', () => {
    const settings = readSettings(state.path, {});
    expect(settings).toMatchObject({
      https: { host: '::', port: 8443 },
      http: { host: '::', port: 8080 },
      tlsFiles: null,
      frontProcesses: 0,
      logFile: null,
    });
    expect(settings.hostNames).toContain('localhost');
  });

  it.each([
    ['[::1]:8443', { host: '::1', port: 8443 }],
    ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
    ['ca.example:65535', { host: 'ca.example', port: 65535 }],
    ['*:443', { host: '::', port: 443 }],
  ])('reads the address %s', (text, expected) => {
    expect(readSettings(state.path, { HTTPS_ADDRESS: text }).https).toEqual(expected);
  });

  it('names its addresses by the first host name, without the usual ports', () => {
    const { worker } = readSettings(state.path, {
      HOST_NAMES: '::1, localhost',
      HTTPS_ADDRESS: '*:443',
      HTTP_ADDRESS: '*:8080',
    });
    expect(worker).toMatchObject({
      PUBLIC_URL: 'https://[::1]',
      PUBLICATION_URL: 'http://[::1]:8080',
    });
  });

  it('takes the environment first, then credentials, secrets.env and signet.env', () => {
    const names = ['CA_SUBJECT', 'EDGE_TTL_SECONDS', 'RETENTION_DAYS', 'AUTHORITY_QUOTA'];
    const all = (value: number, count: number) =>
      names
        .slice(0, count)
        .map((name) => `${name}=${name === 'CA_SUBJECT' ? `CN=${value}` : value}`);
    writePrivately('signet.env', all(1, 4).join('\n'));
    writePrivately('secrets.env', all(2, 3).join('\n'));
    const credentials = join(state.path, 'credentials');
    mkdirSync(credentials);
    writeFileSync(join(credentials, 'CA_SUBJECT'), 'CN=3\n');
    writeFileSync(join(credentials, 'EDGE_TTL_SECONDS'), '3\n');
    writeFileSync(join(credentials, 'OTHER'), 'x');
    const { worker } = readSettings(state.path, {
      CREDENTIALS_DIRECTORY: credentials,
      CA_SUBJECT: 'CN=4',
      PATH: '/bin',
    });
    expect(names.map((name) => worker[name])).toEqual(['CN=4', '3', '2', '1']);
    expect(Object.keys(worker)).not.toContain('PATH');
    expect(Object.keys(worker)).not.toContain('OTHER');
  });

  it('takes numbered keys', () => {
    const { worker } = readSettings(state.path, {
      CA_KEY_ISSUING_2: 'pem',
      SEALING_KEY_V2: Buffer.alloc(32).toString('base64'),
    });
    expect(Object.keys(worker)).toEqual(
      expect.arrayContaining(['CA_KEY_ISSUING_2', 'SEALING_KEY_V2']),
    );
  });

  it('reads PROCESSES as all processes, with the one that owns the record', () => {
    expect(readSettings(state.path, { PROCESSES: '1' }).frontProcesses).toBe(0);
    expect(readSettings(state.path, { PROCESSES: '3' }).frontProcesses).toBe(2);
  });

  it('chooses their number by the CPUs', () => {
    expect([1, 2, 3, 4, 5, 6, 64].map(chooseProcesses)).toEqual([1, 1, 1, 3, 4, 5, 5]);
    const { frontProcesses } = readSettings(state.path, {});
    expect(frontProcesses + 1).toBe(chooseProcesses(availableParallelism()));
  });

  it.each<[Record<string, string>, string]>([
    [{ HTTPS_ADDRESS: '8443' }, 'HTTPS_ADDRESS is "8443". It must be an address and a port'],
    [{ HTTPS_ADDRESS: '::1:8443' }, 'HTTPS_ADDRESS is "::1:8443"'],
    [{ HTTP_ADDRESS: '*:0' }, 'HTTP_ADDRESS is "*:0"'],
    [{ HTTP_ADDRESS: '*:65536' }, 'HTTP_ADDRESS is "*:65536"'],
    [{ HTTP_ADDRESS: 'a b:80' }, 'HTTP_ADDRESS is "a b:80"'],
    [{ HTTP_ADDRESS: 'http://a:80' }, 'HTTP_ADDRESS is "http://a:80"'],
    [{ HTTP_ADDRESS: '*:8443' }, 'HTTPS_ADDRESS and HTTP_ADDRESS are the same'],
    [{ HOST_NAMES: ' , ' }, 'HOST_NAMES must have one name at least'],
    [{ HOST_NAMES: 'a b' }, 'HOST_NAMES has "a b"'],
    [{ HOST_NAMES: 'https://ca.example' }, 'HOST_NAMES has "https://ca.example"'],
    [{ PROCESSES: '0' }, 'PROCESSES is "0". It must be a number from 1 to 64'],
    [{ PROCESSES: '65' }, 'PROCESSES is "65"'],
    [{ PROCESSES: '1.5' }, 'PROCESSES is "1.5"'],
    [{ PROCESSES: '0x2' }, 'PROCESSES is "0x2"'],
    [{ PROCESSES: 'many' }, 'PROCESSES is "many"'],
    [{ TLS_CERT_FILE: 'a' }, 'Set both TLS_CERT_FILE and TLS_KEY_FILE'],
    [{ TLS_KEY_FILE: 'a' }, 'Set both TLS_CERT_FILE and TLS_KEY_FILE'],
    [{ TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES is not an address or a range'],
    [{ TRUSTED_PROXIES: 'proxy' }, 'TRUSTED_PROXIES is not an address or a range: proxy'],
    [{ CA_VALIDITY_DAYS: '0' }, 'CA_VALIDITY_DAYS '],
    [{ SEALING_KEY: 'short' }, 'SEALING_KEY must be 32 bytes in base64'],
    [{ PUBLICATION_URL: 'https://a' }, 'PUBLICATION_URL '],
    [{ ROOT_ACCESS_KEY_ID: 'a' }, 'ROOT_ACCESS_KEY_SECRET is missing'],
  ])('refuses %o and says why', (environment, message) => {
    expect(() => readSettings(state.path, environment)).toThrow(message);
  });

  it('lists all wrong settings of the Worker at once', () => {
    expect(() =>
      readSettings(state.path, { CA_VALIDITY_DAYS: '0', EDGE_TTL_SECONDS: '-1' }),
    ).toThrow(/CA_VALIDITY_DAYS .*\nEDGE_TTL_SECONDS /);
  });

  it.each(['signet.env', 'secrets.env'])('refuses a name in %s that is no setting', (file) => {
    writePrivately(file, 'PROCESES=3\n');
    expect(() => readSettings(state.path, {})).toThrow(
      `${join(state.path, file)} sets PROCESES, which is not a setting`,
    );
  });

  it('refuses a number of a sealing key that the Worker does not read', () => {
    writePrivately('secrets.env', 'SEALING_KEY_V12345=a\n');
    expect(() => readSettings(state.path, {})).toThrow('SEALING_KEY_V12345');
  });

  it('refuses secrets that other users can read', () => {
    writeFileSync(join(state.path, 'secrets.env'), '', { mode: 0o640 });
    expect(() => readSettings(state.path, {})).toThrow('chmod 600');
  });
});
