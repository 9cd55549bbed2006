import type { Answer } from '../http-answer.ts';
import { LeanConnection, type RawRequest } from '../http-client.ts';

const POLL_MS = 5;

interface Address {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'http:' | 'https:';
  /** Tells whether there is no use in waiting. */
  readonly hasEnded?: () => boolean;
}

/** A server that is measured. */
export interface PeerServer extends Address {
  /** Its first process; the others descend from it. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** A server that signs CSRs. */
export interface SigningServer extends PeerServer {
  readonly expectedStatus: number;
  /**
   * Returns requests to sign these CSRs. They are sent again and again, except by a server that takes
   * each only once: its requests suffice for `count` sendings.
   */
  toRequests(csrs: readonly Csr[], count: number): readonly RawRequest[];
  /** Reads a certificate (PEM) from an answer. */
  readCertificate(answer: Answer): string;
  /** Ends the server and returns how many certificates its record has; null if that cannot be read. */
  endAndCount(): Promise<number | null>;
}

export interface Csr {
  readonly name: string;
  readonly pem: string;
}

/** Why a server is not measured. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export function isSkipped(server: PeerServer | Skipped): server is Skipped {
  return 'reason' in server;
}

export function toUrl({ protocol, port }: Address): string {
  return `${protocol}//127.0.0.1:${port}`;
}

/** Sends one request with a connection of its own. */
export async function askOnce(server: Address, request: RawRequest): Promise<Answer> {
  const connection = await LeanConnection.open(server.port, server.protocol);
  try {
    return await connection.ask(request);
  } finally {
    connection.close();
  }
}

/** Sends one request again and again until the server answers it with `status`. */
export async function waitForAnswer(
  server: Address,
  request: RawRequest,
  status: number,
  withinMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  let last = 'no answer';
  while (performance.now() < deadlineMs && !server.hasEnded?.()) {
    try {
      const answer = await askOnce(server, request);
      if (answer.status === status) return;
      last = `${answer.status} ${answer.body}`;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${server.name} does not answer: ${last}`);
}
