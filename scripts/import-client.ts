import type { OpensslCaDirectory } from './openssl-ca-directory.ts';
import type { HistoryEntry } from './openssl-index.ts';
import { UserError } from './user-error.ts';

/** The Worker verifies each certificate's signature; this many fit the CPU time of the free plan. */
const BATCH_CERTIFICATES = 25;
/** Well below the 1 MiB that the API accepts in one request. */
const BATCH_CHARACTERS = 700_000;
const AUTHORITY_ID = 'default';
/** For one request on a busy machine. */
const TIMEOUT_MS = 300_000;

export interface Target {
  /** Origin without a trailing slash. */
  readonly url: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

export interface ImportReport {
  /** Certificates in the index. */
  readonly entries: number;
  readonly withoutCertificate: number;
  readonly newCertificates: number;
  readonly newRevocations: number;
  /** The number of the CRL that the Worker publishes after the import. */
  readonly crlNumber: number | null;
}

/** The Worker refused a request. */
export class RefusedError extends UserError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Downloads the CA certificate in DER; null if the Worker publishes none. */
export async function fetchCaCertificate(url: string): Promise<Uint8Array | null> {
  const response = await send(`${url}/ca/${AUTHORITY_ID}.crt`);
  const body = new Uint8Array(await response.arrayBuffer());
  return response.ok ? body : null;
}

/** Sends the CA's history in batches. Records that the Worker has already do not change. */
export async function sendHistory(
  target: Target,
  directory: OpensslCaDirectory,
): Promise<ImportReport> {
  const { lastCrlNumber, uniqueSubject, crlPem, entries } = directory;
  let newCertificates = 0;
  let newRevocations = 0;
  let withoutCertificate = 0;
  async function post(part: object): Promise<void> {
    const counts = await postHistory(target, { uniqueSubject, ...part });
    newCertificates += counts.certificates;
    newRevocations += counts.revocations;
  }
  // The CRL number goes first, so that the Worker makes no CRL with a number that the old CA used.
  if (lastCrlNumber !== null) await post({ lastCrlNumber });
  let sent = 0;
  for (const certificates of cutBatches(directory)) {
    withoutCertificate += certificates.filter((entry) => entry.certificate === undefined).length;
    await post({ certificates });
    sent += certificates.length;
    if (process.stdout.isTTY) process.stdout.write(`\r${sent} of ${entries.length}`);
  }
  if (process.stdout.isTTY && sent > 0) process.stdout.write('\n');
  // The CRL goes last; it adds the revocations that the index lacks.
  if (crlPem !== null) await post({ crl: crlPem });
  return {
    entries: entries.length,
    withoutCertificate,
    newCertificates,
    newRevocations,
    crlNumber: await fetchCrlNumber(target.url),
  };
}

function* cutBatches(directory: OpensslCaDirectory): Generator<HistoryEntry[]> {
  let batch: HistoryEntry[] = [];
  let characters = 0;
  for (const bare of directory.entries) {
    const entry = directory.readCertificate(bare);
    const length = JSON.stringify(entry).length;
    if (
      batch.length === BATCH_CERTIFICATES ||
      (batch.length > 0 && characters + length > BATCH_CHARACTERS)
    ) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(entry);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}

async function postHistory(
  { url, accessKeyId, accessKeySecret }: Target,
  body: object,
): Promise<{ readonly certificates: number; readonly revocations: number }> {
  const credentials = Buffer.from(`${accessKeyId}:${accessKeySecret}`).toString('base64');
  const response = await send(`${url}/api/v1/authorities/${AUTHORITY_ID}/history`, {
    method: 'POST',
    headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
  });
  const answer = parseJson(await response.text());
  if (!response.ok) {
    const detail = String(answer.detail ?? `${url} answers with status ${response.status}.`);
    throw new RefusedError(String(answer.code ?? response.status), detail);
  }
  return { certificates: Number(answer.certificates), revocations: Number(answer.revocations) };
}

async function send(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      throw new UserError(
        `${url} did not answer within ${TIMEOUT_MS / 60_000} minutes. Run the import again: it continues where it stopped.`,
      );
    }
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UserError(
      `${url} does not answer: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Downloads the current CRL, which the Worker makes if necessary, and returns its number. */
async function fetchCrlNumber(url: string): Promise<number | null> {
  const response = await send(`${url}/crl/${AUTHORITY_ID}.crl`);
  const body = Buffer.from(await response.arrayBuffer());
  return response.ok ? readCrlNumber(body) : null;
}

/** CRLNumber (RFC 5280 section 5.2.3): OBJECT IDENTIFIER 2.5.29.20, OCTET STRING { INTEGER }. */
function readCrlNumber(crlDer: Buffer): number | null {
  const at = crlDer.lastIndexOf(Buffer.from('0603551d1404', 'hex'));
  const length = crlDer[at + 8];
  if (at < 0 || crlDer[at + 7] !== 0x02 || length === undefined) return null;
  return Number.parseInt(crlDer.subarray(at + 9, at + 9 + length).toString('hex'), 16);
}
