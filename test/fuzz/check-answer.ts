/** Checks the form of answers of the API and of the openssl-ca dialect. */

const SIGN_REFUSALS: readonly string[] = [
  '[Request error]: Missing parameters!',
  "[Request error]: 'csr_body' field must be base64 type!",
  '[ERROR]: Something is error with signing processing!',
  '[ERROR]: Please do not repeat the application for certificate!',
  '[ERROR]: Wrong certificate request (X509Req) format!',
];
const REVOKE_REFUSALS: readonly string[] = [
  '[Request error]: Missing parameters!',
  '[ERROR]: Wrong certificate format!',
  '[ERROR]: This may be an invalid serial number!',
  '[ERROR]: This certificate is revoked!',
  '[ERROR]: Revoke failed, unknown error!',
];

export interface Outcome {
  /** The kind of outcome, for counting. */
  readonly name: string;
  readonly done: boolean;
  /** The certificate that was issued, or null. */
  readonly certificateDer: Uint8Array | null;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads an answer. Throws if its form is not one that its route may have. */
export async function readOutcome(path: string, response: Response): Promise<Outcome> {
  const text = new TextDecoder().decode(await response.arrayBuffer());
  if (response.status >= 500) throw new Error(`status ${response.status}: ${text}`);
  if (path === '/api/v1/certificates') return readApiOutcome(response, text);
  if (response.status !== 200) throw new Error(`status ${response.status} in the dialect`);
  const answer = parseObject(text);
  return path === '/api/ca/sign' ? readSignOutcome(answer) : readRevokeOutcome(answer);
}

function readApiOutcome(response: Response, text: string): Outcome {
  const type = response.headers.get('Content-Type');
  if (response.status === 201) {
    if (type !== 'application/pem-certificate-chain') throw new Error(`issued as ${type}`);
    return { name: 'issued', done: true, certificateDer: decodePem(text) };
  }
  const problem = parseObject(text);
  const complete =
    type === 'application/problem+json' &&
    problem.status === response.status &&
    response.status >= 400 &&
    problem.requestId === response.headers.get('X-Request-Id') &&
    [problem.title, problem.detail, problem.code].every((field) => isText(field));
  if (!complete) throw new Error(`not problem details: ${text}`);
  return { name: String(problem.code), done: false, certificateDer: null };
}

function readSignOutcome(answer: JsonObject): Outcome {
  const { status, msg, cert } = answer;
  if (status === 0 && msg === 'Sign Certificate success!' && typeof cert === 'string') {
    return { name: msg, done: true, certificateDer: decodePem(cert) };
  }
  return readRefusal(answer, SIGN_REFUSALS);
}

function readRevokeOutcome(answer: JsonObject): Outcome {
  const { status, msg } = answer;
  const serial = answer['Serial Number'];
  if (status === 0 && msg === 'Revoke Certificate success!' && isText(serial)) {
    return { name: msg, done: true, certificateDer: null };
  }
  return readRefusal(answer, REVOKE_REFUSALS);
}

function readRefusal(answer: JsonObject, refusals: readonly string[]): Outcome {
  const { status, msg } = answer;
  const known = typeof msg === 'string' && refusals.includes(msg);
  if (status !== -1 || !known || Object.keys(answer).length !== 2) {
    throw new Error(`not an answer of the dialect: ${JSON.stringify(answer)}`);
  }
  return { name: msg, done: false, certificateDer: null };
}

/** Throws unless there is exactly one log line, and it describes this answer. */
export function checkLog(
  lines: readonly unknown[],
  response: Pick<Response, 'status' | 'headers'>,
): void {
  const [line, ...others] = lines;
  if (typeof line !== 'string' || others.length > 0) throw new Error(`${lines.length} log lines`);
  const record = parseObject(line);
  const matches =
    record.status === response.status &&
    record.requestId === response.headers.get('X-Request-Id') &&
    isText(record.message) &&
    isText(record.route);
  if (!matches || record.level === 'error' || record.error !== undefined) throw new Error(line);
}

function decodePem(text: string): Uint8Array {
  const [, base64] =
    /^-----BEGIN CERTIFICATE-----\n([^-]+)-----END CERTIFICATE-----\n/.exec(text) ?? [];
  if (base64 === undefined) throw new Error(`no certificate: ${text}`);
  return Uint8Array.fromBase64(base64);
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`not a JSON object: ${text}`);
  }
  return Object.fromEntries(Object.entries(value));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
