import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, download } from './api-client.ts';
import { makeKeyAndCsr } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory, type WorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const certtool = requireTool('certtool');

/** The name of Signet's issuing CA, and of a CA with another key that the same root has certified. */
const SUBJECT = '/O=Twins/CN=Issuing';

const CONFIG = `
[req]
distinguished_name = dn
[dn]
[twin]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = twin_ca
[twin_ca]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
`;

let server: RunningServer;
let work: WorkDirectory;
beforeAll(async () => {
  server = await startServer();
  work = makeWorkDirectory();
});
afterAll(async () => {
  work.remove();
  await server.stop();
});

interface Reply {
  readonly id: string;
  readonly certificate: string;
  readonly serial: string;
  readonly field?: string;
}

async function post(path: string, body: unknown) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { Authorization: authorization(server), Accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const json: Reply = await response.json();
  return { status: response.status, json };
}

async function crlPem(id: string): Promise<string> {
  const response = await fetch(`${server.url}/crl/${id}.crl`);
  const der = new Uint8Array(await response.arrayBuffer());
  return run('openssl', ['crl', '-inform', 'DER'], { input: der }).stdout;
}

/** Makes the twin and its empty CRL with openssl and the root's key. Returns both as PEM. */
function makeTwin(): { readonly certificate: string; readonly crl: string } {
  const options = { cwd: work.path };
  const config = work.write('openssl.cnf', CONFIG);
  work.write('root.key', server.secrets.CA_KEY ?? '');
  work.write('index.txt', '');
  work.write('crlnumber', '01');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const csr = ['-keyout', 'twin.key', '-out', 'twin.csr', '-subj', SUBJECT, '-config', config];
  run('openssl', ['req', ...key, ...csr], options);
  const by = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-days', '30'];
  const sign = [
    'x509',
    '-req',
    '-in',
    'twin.csr',
    ...by,
    '-extfile',
    config,
    '-extensions',
    'twin',
  ];
  const certificate = run('openssl', sign, options).stdout;
  work.write('twin.pem', certificate);
  const issue = ['ca', '-gencrl', '-config', config, '-keyfile', 'twin.key', '-cert', 'twin.pem'];
  return { certificate, crl: run('openssl', issue, options).stdout };
}

describe.skipIf(openssl.missing || certtool.missing)(
  certtool.title(openssl.title('two CAs with one name')),
  () => {
    it('make a revoked certificate valid, so Signet certifies no second one', async () => {
      const root = await download(server, '/api/ca/cacert');
      work.write('root.pem', root);
      const subject = 'CN=Issuing,O=Twins';
      const { json: ca } = await post('/authorities', { name: 'a', subject, parent: 'default' });
      const { csrPem } = makeKeyAndCsr(work, 'leaf', 'DNS:leaf.test');
      const issued = await post('/certificates', { csr: csrPem, authority: ca.id });
      const leaf = issued.json.certificate;
      const revoked = await post(`/certificates/${issued.json.serial}/revoke`, {});
      expect(revoked.status).toBe(200);
      const twin = makeTwin();
      const own = await crlPem(ca.id);

      const leafFile = work.write('leaf.pem', leaf);
      const cas = work.write('cas.pem', ca.certificate + twin.certificate);
      const verifyByOpenSsl = (crl: string) => {
        const lists = ['-CRLfile', work.write('list.pem', crl), '-crl_check', '-extended_crl'];
        const args = ['verify', '-CAfile', work.write('root.pem', root), '-untrusted', cas];
        return tryRun('openssl', [...args, ...lists, leafFile]);
      };
      const verifyByGnuTls = (crl: string) => {
        const trusted = work.write('trusted.pem', root + ca.certificate + twin.certificate);
        const lists = ['--load-crl', work.write('list.pem', crl)];
        const args = ['--verify', '--load-ca-certificate', trusted, ...lists];
        return tryRun('certtool', [...args, '--infile', leafFile]).stdout;
      };
      expect(verifyByOpenSsl(own).stderr).toMatch(/certificate revoked/);
      expect(verifyByGnuTls(own)).toMatch(/The certificate chain is revoked/);
      // What the reservation of names is for.
      expect(verifyByOpenSsl(twin.crl).stdout).toMatch(/: OK/);
      expect(verifyByGnuTls(twin.crl)).toMatch(/Verified\. The certificate is trusted/);

      for (const parent of ['default', ca.id, null]) {
        const second = await post('/authorities', { name: 'b', subject, parent });
        expect(second).toMatchObject({ status: 400, json: { field: 'subject' } });
      }
    });
  },
);
