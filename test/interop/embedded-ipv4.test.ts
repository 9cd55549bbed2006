import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OID } from '../../src/asn1/oids.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import { parseSubjectAltName } from '../../src/x509/names/general-names.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

describe.skipIf(openssl.missing)(openssl.title('an excluded IPv4 network'), () => {
  const directory = makeWorkDirectory();
  const file = (name: string) => join(directory.path, name);
  afterAll(() => directory.remove());

  beforeAll(() => {
    const excluded = 'nameConstraints=critical,excluded;IP:10.0.0.0/255.0.0.0';
    const output = ['-keyout', file('ca.key'), '-out', file('ca.pem')];
    run('openssl', ['req', '-x509', ...NEW_KEY, '-subj', '/CN=CA', '-addext', excluded, ...output]);
  });

  /** What openssl says about a certificate for `address` by that CA, and what Signet about its CSR. */
  function judge(address: string): { openssl: string; signet: string } {
    const names = ['-subj', '/CN=leaf', '-addext', `subjectAltName=IP:${address}`];
    const csr = ['-keyout', file('leaf.key'), '-out', file('leaf.csr')];
    run('openssl', ['req', '-new', ...NEW_KEY, ...names, ...csr]);
    const ca = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-copy_extensions', 'copy'];
    const output = ['-in', file('leaf.csr'), '-out', file('leaf.pem')];
    run('openssl', ['x509', '-req', ...ca, ...output]);
    const verdict = tryRun('openssl', ['verify', '-CAfile', file('ca.pem'), file('leaf.pem')]);
    const { extensions } = parseCsr(decodeCsr(readFileSync(file('leaf.csr'), 'utf8')));
    let signet = 'accepted';
    try {
      parseSubjectAltName(extensions.get(OID.subjectAltName)?.valueDer ?? new Uint8Array());
    } catch (error) {
      signet = String(error);
    }
    return { openssl: verdict.stdout + verdict.stderr, signet };
  }

  it('holds for IPv4 addresses', () => {
    expect(judge('10.1.2.3').openssl).toContain('excluded subtree violation');
  });

  it.each(['::ffff:10.1.2.3', '::10.1.2.3', '64:ff9b::10.1.2.3'])(
    'does not hold for %s in openssl, so Signet refuses the address',
    (address) => {
      const verdict = judge(address);
      expect(verdict.openssl).toMatch(/: OK\n$/);
      expect(verdict.signet).toContain('use the IPv4 address instead');
    },
  );
});
