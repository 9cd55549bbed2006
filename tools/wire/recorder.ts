import { type BodyOptions, describeBody } from './describe-body.ts';
import { Mask } from './mask.ts';
import { send, type WireRequest, type WireResponse } from './send.ts';

export interface Exchange {
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  header(name: string): string;
  /** The text or number at this place of the JSON body; '' if it is not there. */
  at(...path: readonly (string | number)[]): string;
}

/** Headers that belong to the connection, or that the platform adds at will. */
const LEFT_OUT = new Set(['date', 'connection', 'keep-alive', 'server']);

/** Sends requests to one server and keeps what is to be compared. */
export class Recorder {
  readonly exchanges: Exchange[] = [];
  readonly #named = new Map<string, string>();
  readonly #startMs = Date.now();
  #port = 0;
  #world = '';

  /** What follows is sent to this server, and recorded under this name. */
  enter(world: string, port: number): void {
    this.#world = world;
    this.#port = port;
  }

  /** Gives a random value a name under which it stands in all exchanges from now on. */
  nameValue(name: string, value: string): string {
    if (value === '') throw new Error(`There is no value for "${name}".`);
    const isHex = /^[0-9A-Fa-f]+$/.test(value);
    this.#named.set(isHex ? value.toLowerCase().replace(/^0+/, '') : value, name);
    return value;
  }

  /** Text with its varying parts masked, for the name of an exchange. */
  mask(text: string): string {
    return new Mask(this.#startMs, this.#named).text(text);
  }

  async record(name: string, request: WireRequest, options: BodyOptions = {}): Promise<Answer> {
    const response = await this.sendOnly(request);
    this.keep(name, request, response, options);
    return toAnswer(response);
  }

  sendOnly(request: WireRequest): Promise<WireResponse> {
    return send(this.#port, request);
  }

  keep(name: string, request: WireRequest, response: WireResponse, options: BodyOptions): void {
    const full = `${this.#world}: ${name}`;
    if (this.exchanges.some((exchange) => exchange.name === full)) {
      throw new Error(`Two exchanges are called "${full}".`);
    }
    const mask = new Mask(this.#startMs, this.#named, options.looseSeconds);
    const type = findHeader(response, 'content-type');
    const body = describeBody(response.body, type, mask, options);
    const isFixed =
      request.method !== 'HEAD' &&
      !body.some((line) => line.includes('<') && /[>]/.test(line.slice(1)));
    this.exchanges.push({
      name: full,
      request: mask.text(`${request.method} ${shortenPath(request.path)}`),
      status: response.status,
      headers: response.headers
        .filter(([header]) => !LEFT_OUT.has(header.toLowerCase()))
        .map(([header, value]) =>
          header.toLowerCase() === 'content-length'
            ? `${header}: ${describeLength(value, response, isFixed)}`
            : `${header}: ${mask.text(value)}`,
        )
        .sort(),
      body,
    });
  }
}

/** Without what is random or long: the query, an OCSP request, a serial number with colons. */
function shortenPath(path: string): string {
  return path
    .replace(/\?.*$/s, '?…')
    .replace(/^(\/ocsp\/[^/]+\/).+$/s, '$1…')
    .replace(/[^/]{41,}/g, '…');
}

/** A length that varies with what is masked is compared with the body only. */
function describeLength(value: string, { body }: WireResponse, isFixed: boolean): string {
  if (isFixed || Number(value) === 0) return value;
  if (body.length === 0) return '<length>';
  return Number(value) === body.length ? '<length of the body>' : '<wrong length>';
}

function findHeader({ headers }: WireResponse, name: string): string {
  return headers.find(([header]) => header.toLowerCase() === name)?.[1] ?? '';
}

function toAnswer(response: WireResponse): Answer {
  const text = new TextDecoder().decode(response.body);
  return {
    status: response.status,
    text,
    bytes: response.body,
    header: (name) => findHeader(response, name.toLowerCase()),
    at: (...path) => readPath(text, path),
  };
}

function readPath(text: string, path: readonly (string | number)[]): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return '';
  }
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
