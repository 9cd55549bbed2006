import type { BodyOptions } from './describe-body.ts';
import type { OpenSsl } from './openssl.ts';
import type { Answer, Recorder } from './recorder.ts';
import type { WireRequest } from './send.ts';
import type { Credentials } from './sign-requests.ts';

/** The host that all requests name, whatever port the server has. */
export const HOST = 'ca.example.test';

export interface CallOptions extends BodyOptions {
  /** Left out: the root access key by HTTP Basic. */
  readonly as?: Credentials | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** A value is sent as JSON, text and bytes as they are. */
  readonly body?: unknown;
}

/** What the parts of a scenario share. */
export class Client {
  readonly recorder: Recorder;
  readonly openssl: OpenSsl;
  readonly root: Credentials;
  readonly sharedSecret: string;
  /** What one part of the scenario leaves for the next, by name. */
  readonly kept = new Map<string, string>();

  constructor(
    recorder: Recorder,
    openssl: OpenSsl,
    secrets: { readonly root: Credentials; readonly sharedSecret: string },
  ) {
    this.recorder = recorder;
    this.openssl = openssl;
    this.root = secrets.root;
    this.sharedSecret = secrets.sharedSecret;
  }

  /** Records one exchange. `target` is a method and a path. */
  call(name: string, target: string, options: CallOptions = {}): Promise<Answer> {
    return this.recorder.record(name, this.makeRequest(target, options), options);
  }

  makeRequest(target: string, options: CallOptions): WireRequest {
    const space = target.indexOf(' ');
    const { as = this.root, headers = {}, body } = options;
    const all: Record<string, string> = { Host: HOST };
    if (as !== null) all.Authorization = basic(as);
    const bytes = encodeBody(body);
    if (body !== undefined && typeof body === 'object' && !(body instanceof Uint8Array)) {
      all['Content-Type'] = 'application/json';
    }
    if (bytes !== null && headers['Transfer-Encoding'] === undefined) {
      all['Content-Length'] = String(bytes.length);
    }
    // Both spellings of a name must not come together.
    const given = Object.entries(headers);
    const names = new Set(given.map(([header]) => header.toLowerCase()));
    const rest = Object.entries(all).filter(([header]) => !names.has(header.toLowerCase()));
    return {
      method: target.slice(0, space),
      path: target.slice(space + 1),
      headers: [...rest, ...given],
      body: bytes,
    };
  }

  /** Keeps a value for later parts and gives it a name in the recording. */
  keep(name: string, value: string): string {
    this.kept.set(name, value);
    return this.recorder.nameValue(name, value);
  }

  get(name: string): string {
    const value = this.kept.get(name);
    if (value === undefined) throw new Error(`No part of the scenario has left "${name}".`);
    return value;
  }
}

export function basic({ id, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function encodeBody(body: unknown): Uint8Array | null {
  if (body === undefined) return null;
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}
