import type { Answer } from '../bench/http-answer.ts';
import { encodeRequest, LeanConnection } from '../bench/http-client.ts';
import { authorizationOf } from './credentials.ts';
import type { Ask, Operation, World } from './operation.ts';
import { pickWeighted } from './random.ts';

/** An unexpected response, which has been recorded as a fault. */
export class UnexpectedAnswer extends Error {}

/** The end of one operation. `status` is null without a response. */
export interface Sample {
  readonly operation: string;
  readonly status: number | null;
  readonly elapsedMs: number;
}

export interface MixOptions {
  readonly world: World;
  readonly operations: readonly Operation[];
  readonly kind: keyof Operation['weight'];
  readonly port: number;
  readonly connections: number;
  readonly takeSample: (sample: Sample) => void;
  /** Whether the record may be gone: then 503 and OCSP's tryLater count as no response. */
  readonly mayBeUnavailable?: () => boolean;
}

export interface RunningMix {
  /** Sends no new requests; resolves when the pending ones have ended. */
  stop(): Promise<void>;
  /** Resolves when all connections have ended, by `stop` or because the server ended. */
  readonly ended: Promise<void>;
}

/** Sends random operations over keep-alive connections, one request at a time on each. */
export function startMix(options: MixOptions): RunningMix {
  const { world, operations, kind, port, connections, takeSample } = options;
  const mayBeUnavailable = options.mayBeUnavailable ?? (() => false);
  const weights = operations.map(({ weight }) => weight[kind]);
  let stopped = false;

  async function runConnection(): Promise<void> {
    const connection = await LeanConnection.open(port).catch(() => null);
    if (connection === null) return;
    try {
      while (!stopped) {
        const operation = operations[pickWeighted(world.random, weights)];
        if (operation === undefined || !(await sample(operation, connection))) return;
      }
    } finally {
      connection.close();
    }
  }

  /** Returns false if the connection cannot be used further. */
  async function sample(operation: Operation, connection: LeanConnection): Promise<boolean> {
    let status: number | null = null;
    let elapsedMs = 0;
    const ask = createAsk(world, operation.name, async (request) => {
      const startedAtMs = performance.now();
      status = null;
      const answer = await connection.ask(encodeRequest(request));
      elapsedMs = performance.now() - startedAtMs;
      if (isUnavailable(answer) && mayBeUnavailable()) throw new Error('no record');
      status = answer.status;
      return answer;
    });
    const name = operation.name;
    try {
      if (await operation.run(ask)) takeSample({ operation: name, status, elapsedMs });
    } catch (error) {
      takeSample({ operation: name, status, elapsedMs });
      if (status === null) return false;
      if (!(error instanceof UnexpectedAnswer)) {
        world.findings.expect(false, `${name}: ${String(error)}`);
      }
    }
    return true;
  }

  const ended = Promise.all(Array.from({ length: connections }, runConnection)).then(() => {});
  return {
    ended,
    stop() {
      stopped = true;
      return ended;
    },
  };
}

/** OCSPResponseStatus tryLater (RFC 6960 section 4.2.1). */
const TRY_LATER = Buffer.from('30030a0103', 'hex');

/** The openssl-ca dialect says it with 200, in the field `msg`. */
function isUnavailable({ status, body }: Answer): boolean {
  return status === 503 || body.equals(TRY_LATER) || body.includes('[ERROR]: ');
}

/** @param who the operation, for the description of a fault */
export function createAsk(
  { secrets, findings }: World,
  who: string,
  send: (request: Parameters<Ask>[0]) => ReturnType<Ask>,
): Ask {
  const Authorization = authorizationOf(secrets);
  return async (request, ...expectedStatuses) => {
    const isOpen = !request.path.startsWith('/api/v1/');
    const headers = isOpen ? request.headers : { Authorization, ...request.headers };
    const answer = await send({ ...request, ...(headers && { headers }) });
    const isExpected = expectedStatuses.includes(answer.status);
    const path = request.path.replaceAll(/[0-9A-Za-z]{20,}|cert-[a-z0-9]{12}/g, '…');
    const fault = isExpected
      ? ''
      : `${who}: ${request.method ?? 'GET'} ${path} answered ${answer.status} ${readCode(answer.body)}`;
    findings.expect(isExpected, fault);
    if (!isExpected) throw new UnexpectedAnswer(fault);
    return answer;
  };
}

/** Returns the code of a problem document, so that equal faults have equal descriptions. */
function readCode(body: Buffer): string {
  return /"code":"([^"]+)"/.exec(body.toString('utf8', 0, 2000))?.[1] ?? '';
}
