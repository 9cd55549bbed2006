const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Longer than a recording takes, and than clocks are backdated for leaf certificates. */
const NOW_MS = 20 * MINUTE_MS;

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ENCODED_TIME = /\d{4}-\d\d-\d\dT\d\d(%(?:25)?3A)\d\d\1\d\dZ/g;
const HTTP_DATE = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g;
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const ID =
  /\b(?:acct-[a-z0-9]{12}|ca-[a-z0-9]{12}|ak-[A-Za-z0-9]{20}|cert-[a-z0-9]{12}|cas_deposit-cn-[a-z0-9]{12})\b/g;
const HEX = /\b(?:[0-9a-f]{20,}|[0-9A-F]{20,})\b/g;
const CHECKPOINT = /[\w-]{300,500}\.[\w-]{86}(?![\w-])/g;
const ED25519_SPKI = /MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=/g;
const EPOCH = /\b(?:1[6-9]\d{11}|[2-9]\d{12})\b/g;

/**
 * Replaces what differs between two runs. Within one exchange equal values get equal names, so the
 * recording still shows that two of them are the same; values that the scenario has named keep
 * their name everywhere.
 */
export class Mask {
  readonly #startMs: number;
  readonly #named: ReadonlyMap<string, string>;
  /** Whether lengths of time may differ by some seconds, as where an issuer's end limits them. */
  readonly looseSeconds: boolean;
  readonly #seen = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(startMs: number, named: ReadonlyMap<string, string>, looseSeconds = false) {
    this.#startMs = startMs;
    this.#named = named;
    this.looseSeconds = looseSeconds;
  }

  /** A mask that has seen nothing yet. */
  renew(): Mask {
    return new Mask(this.#startMs, this.#named, this.looseSeconds);
  }

  /** The name that stands for a random value. */
  name(kind: string, value: string): string {
    const known = this.#named.get(value) ?? this.#seen.get(value);
    if (known !== undefined) return `<${known}>`;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#seen.set(value, `${kind} ${count}`);
    return `<${kind} ${count}>`;
  }

  /** A serial number, hash or key identifier, however it is written. */
  hex(text: string): string {
    const canonical = text.toLowerCase().replace(/^0+/, '');
    const length = text.length <= 32 && text.length > 28 ? 32 : text.length;
    return this.name(`hex${length}`, canonical) + (/[A-F]/.test(text) ? '(upper case)' : '');
  }

  /** A moment as its distance from the start of the recording. */
  time(ms: number): string {
    const distanceMs = ms - this.#startMs;
    if (Math.abs(distanceMs) < NOW_MS) return '<now>';
    // Such a time was written by somebody, in a request or a message.
    if (ms % HOUR_MS === 0) return `<${new Date(ms).toISOString()}>`;
    const sign = distanceMs < 0 ? '-' : '+';
    if (Math.abs(distanceMs) < 2 * DAY_MS) {
      return `<now${sign}${Math.round(Math.abs(distanceMs) / HOUR_MS)}h>`;
    }
    const year = new Date(this.#startMs).getUTCFullYear();
    const years = new Date(ms).getUTCFullYear() - year;
    const anniversary = new Date(this.#startMs).setUTCFullYear(year + years);
    if (years !== 0 && Math.abs(anniversary - ms) < 2 * HOUR_MS) {
      return `<now${sign}${Math.abs(years)}y>`;
    }
    const isFixed = distanceMs < -DAY_MS * 400 || distanceMs > DAY_MS * 36_600;
    if (isFixed) return `<${new Date(ms).toISOString()}>`;
    return `<now${sign}${Math.round(Math.abs(distanceMs) / DAY_MS)}d>`;
  }

  /** Text in which every varying part is replaced. */
  text(text: string): string {
    return text
      .replace(ISO_TIME, (match) => this.#isoTime(match))
      .replace(ENCODED_TIME, (match, colon: string) =>
        this.time(Date.parse(match.replaceAll(colon, ':'))),
      )
      .replace(HTTP_DATE, (match) => `${this.time(Date.parse(match))}(HTTP date)`)
      .replace(UUID, (match) => this.name('uuid', match))
      .replace(ID, (match) => this.name(match.split('-')[0] ?? '', match))
      .replace(CHECKPOINT, (match) => this.name('checkpoint', match))
      .replace(ED25519_SPKI, (match) => this.name('ed25519', match))
      .replace(HEX, (match) => this.hex(match))
      .replace(EPOCH, (match) => `${this.time(Number(match))}(ms)`);
  }

  #isoTime(text: string): string {
    const ms = Date.parse(text);
    const form = text.includes('.') ? '(with fraction)' : '';
    return ms === 0 ? text : `${this.time(ms)}${form}`;
  }
}
