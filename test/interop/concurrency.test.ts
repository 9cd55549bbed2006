import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonName, makeCsrPem } from '../make-csr.ts';
import { issue, revoke } from './api-client.ts';
import { normalizeSerial, readCrl } from './crl.ts';
import { createDialectClient, type DialectClient } from './dialect-client.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool } from './tools.ts';

const openssl = requireTool('openssl', ['version']);
const REPEATED = '[ERROR]: Please do not repeat the application for certificate!';

let server: RunningServer;
let client: DialectClient;
beforeAll(async () => {
  server = await startServer();
  client = createDialectClient(server);
});
afterAll(() => server.stop());

describe('100 concurrent requests', () => {
  it('get one certificate for one subject', async () => {
    const csr = await makeCsrPem({ subject: [commonName('once.concurrency.test')] });
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.sign(csr)));
    const signed = answers.filter(({ body }) => body.status === 0);
    const refused = answers.filter(({ body }) => body.msg === REPEATED);
    expect([signed.length, refused.length]).toEqual([1, 99]);
    expect(await server.query('SELECT COUNT(*) AS n FROM certificates')).toEqual([{ n: 1 }]);
  });

  it('make one authority if they are the first', async () => {
    const fresh = await startServer();
    try {
      const csr = await makeCsrPem({ subject: [commonName('first.concurrency.test')] });
      const certificates = await Promise.all(Array.from({ length: 20 }, () => issue(fresh, csr)));
      const ca = await (await fetch(`${fresh.url}/ca/default.pem`)).text();
      const { publicKey } = new X509Certificate(ca);
      for (const pem of certificates) expect(new X509Certificate(pem).verify(publicKey)).toBe(true);
      expect(new Set(certificates.map((pem) => new X509Certificate(pem).serialNumber)).size).toBe(
        20,
      );
      expect(
        await fresh.query("SELECT COUNT(*) AS n FROM audit_events WHERE action LIKE 'authority.%'"),
      ).toEqual([{ n: 1 }]);
    } finally {
      await fresh.stop();
    }
  });
});

interface Download {
  /** Serial numbers whose revocation was confirmed before this download was requested. */
  readonly due: readonly string[];
  readonly path: string;
  readonly status: number;
  readonly bytes: Uint8Array;
}

describe.skipIf(openssl.missing)(openssl.title('50 concurrent revocations'), () => {
  const answered: string[] = [];
  const downloads: Download[] = [];

  async function downloadCrl(path: string): Promise<void> {
    const due = [...answered];
    const response = await fetch(`${server.url}${path}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    downloads.push({ due, path, status: response.status, bytes });
  }

  function read({ path, bytes }: Download) {
    return readCrl(path.endsWith('.crl') ? bytes : Buffer.from(bytes).toString());
  }

  it('give 50 entries, and every CRL lists all revocations confirmed before it', async () => {
    const csr = await makeCsrPem({ subject: [commonName('many.concurrency.test')] });
    const serials: string[] = [];
    for (let at = 0; at < 50; at++) {
      serials.push(normalizeSerial(new X509Certificate(await issue(server, csr)).serialNumber));
    }
    let revoking = true;
    const downloading = ['/crl/default.crl', '/api/ca/crl'].map(async (path) => {
      while (revoking) await downloadCrl(path);
    });
    await Promise.all(
      serials.map(async (serial, at) => {
        if (at % 2 === 0) await revoke(server, serial);
        else expect((await client.revokeSerial(serial)).body.status).toBe(0);
        answered.push(serial);
      }),
    );
    revoking = false;
    await Promise.all(downloading);
    await downloadCrl('/crl/default.crl');
    await downloadCrl('/api/ca/crl');
    expect(answered.toSorted()).toEqual(serials.toSorted());

    for (const download of downloads) {
      expect(download.status).toBe(200);
      const listed = read(download).serials;
      expect(download.due.filter((serial) => !listed.has(serial))).toEqual([]);
    }
    for (const last of downloads.slice(-2)) {
      expect([...read(last).serials].sort()).toEqual(serials.toSorted());
    }
  });

  it('raise the CRL number with every new CRL', () => {
    const entriesByNumber = new Map<number, string>();
    for (const download of downloads) {
      const { number, serials } = read(download);
      const entries = [...serials].sort().join();
      expect(entriesByNumber.get(number) ?? entries).toBe(entries);
      entriesByNumber.set(number, entries);
    }
    const sizes = [...entriesByNumber]
      .sort(([a], [b]) => a - b)
      .map(([, entries]) => entries.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it('of one certificate succeed once', async () => {
    const csr = await makeCsrPem({ subject: [commonName('twice.concurrency.test')] });
    const { serialNumber } = new X509Certificate(await issue(server, csr));
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.revokeSerial(serialNumber)),
    );
    expect(answers.filter(({ body }) => body.status === 0)).toHaveLength(1);
    expect(
      answers.filter(({ body }) => body.msg === '[ERROR]: This certificate is revoked!'),
    ).toHaveLength(49);
  });
});
