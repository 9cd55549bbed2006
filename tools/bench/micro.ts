import { randomBytes } from 'node:crypto';
import { readCsrPem } from './fixtures.ts';
import type { Row, Section } from './report.ts';
import { sealEnvelope } from './seal-envelope.ts';
import { setUpWorkbench, type Workbench } from './workbench.ts';

const ROUNDS = 9;
/** Duration of one round: long enough to make the cost of the request itself negligible. */
const ROUND_MS = 120;
const WARM_UP_TIMES = 300;
const MAX_TIMES = 20_000;

type Measure = (part: string, input?: string | Uint8Array) => Promise<number>;

/**
 * Measures single operations in µs: the Worker repeats one, and this process takes the time. The
 * fastest of several rounds counts, because other load on the machine only makes a round slower.
 */
export async function measureParts(): Promise<Section[]> {
  const workbench = await setUpWorkbench('tools/bench/workers/micro.ts');
  try {
    const measure = await createMeasure(workbench);
    const secret = workbench.server.secrets.OPENSSL_CA_SECRET ?? '';
    return [await measureCertificates(measure), await measureEnvelopes(measure, secret)];
  } finally {
    await workbench.stop();
  }
}

async function measureCertificates(measure: Measure): Promise<Section> {
  const p256 = readCsrPem('p-256-sha256');
  const rsa2048 = readCsrPem('rsa-2048-sha256');
  const rsa4096 = readCsrPem('rsa-4096');
  const encoding = await measure('encode-certificate', p256);
  const bySchema = await measure('encode-certificate-by-schema', p256);
  const rows: Row[] = [
    {
      ...micro('encode a certificate, without its signature', encoding),
      ratio: encoding / bySchema,
      aim: { below: 150 },
    },
    micro('  the same, encoded whole by @peculiar/asn1-schema', bySchema),
    micro('sign it, P-256', await measure('sign')),
    {
      ...micro('parse and verify a CSR, P-256', await measure('parse-and-verify-csr', p256)),
      aim: { below: 200 },
    },
    micro('  of which parsing', await measure('parse-csr', p256)),
    micro('  and with every check of key, names and extensions', await measure('check-csr', p256)),
    micro('parse and verify a CSR, RSA-2048', await measure('parse-and-verify-csr', rsa2048)),
    micro('  of which parsing', await measure('parse-csr', rsa2048)),
    micro(
      '  and with every check of key, names and extensions',
      await measure('check-csr', rsa2048),
    ),
    micro('check a public key, P-256', await measure('check-public-key', p256)),
    {
      ...micro('check a public key, RSA-2048', await measure('check-public-key', rsa2048)),
      aim: { below: 1000 },
    },
    micro('check a public key, RSA-4096', await measure('check-public-key', rsa4096)),
    micro('write a subject as text', await measure('format-subject', p256)),
  ];
  return { title: 'Certificates and requests', rows };
}

async function measureEnvelopes(measure: Measure, secret: string): Promise<Section> {
  const contents = [
    ['a serial', randomBytes(16).toString('hex')],
    ['a P-256 CSR', readCsrPem('p-256-sha256')],
    ['an RSA-2048 CSR', readCsrPem('rsa-2048-sha256')],
  ] as const;
  const rows: Row[] = [];
  for (const [mode, cipher] of [
    ['CFB8', 'aes-256-cfb8'],
    ['CFB128', 'aes-256-cfb'],
  ] as const) {
    for (const [name, text] of contents) {
      const envelope = sealEnvelope(cipher, secret, text);
      const time = await measure('open-envelope', envelope);
      rows.push(micro(`${mode} with ${name} (${text.length} bytes)`, time));
    }
  }
  return { title: 'Opening an envelope of the openssl-ca dialect', rows };
}

function micro(name: string, value: number): Row {
  return { name, value, unit: 'µs' };
}

async function createMeasure({ server }: Workbench): Promise<Measure> {
  async function runFor(part: string, input: string | Uint8Array, times: number): Promise<number> {
    const body = typeof input === 'string' ? input : new Uint8Array(input);
    const startedAtMs = performance.now();
    const response = await fetch(`${server.url}/?part=${part}&times=${times}`, {
      method: 'POST',
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${part}: ${text}`);
    return performance.now() - startedAtMs;
  }

  async function measureRaw(part: string, input: string | Uint8Array): Promise<number> {
    await runFor(part, input, WARM_UP_TIMES);
    const guessMs = (await runFor(part, input, WARM_UP_TIMES)) / WARM_UP_TIMES;
    const times = Math.min(MAX_TIMES, Math.ceil(ROUND_MS / guessMs));
    const emptyMs: number[] = [];
    const fullMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      emptyMs.push(await runFor(part, input, 0));
      fullMs.push(await runFor(part, input, times));
    }
    // The difference removes the cost of the request and of its preparation.
    return ((Math.min(...fullMs) - Math.min(...emptyMs)) * 1000) / times;
  }

  const empty = await measureRaw('empty', '');
  return async (part, input = '') => Math.max(0, (await measureRaw(part, input)) - empty);
}
