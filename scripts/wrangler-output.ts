import { stripVTControlCharacters } from 'node:util';
import { escapeControls } from './terminal.ts';

/** One line of `wrangler dev`: text for the screen, or a log record of the Worker. */
export type OutputPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'record'; readonly record: Readonly<Record<string, unknown>> };

/** Lines that a user of the CA does not need. All other lines are shown. */
const NOISE = [
  /^\s*⛅️ wrangler /,
  /^─+$/,
  /^Cloudflare collects anonymous telemetry/,
  /^Using secrets defined in /,
  /^⎔ /,
  /^\[wrangler:info\] Ready on /,
  /^\[wrangler:info\] [A-Z]+ \S+ \d{3} /,
  /^\[custom build\] Running: /,
  /^\[wrangler:info\] ✨ Parsed \d+ valid header rules?\.$/,
  /^🪵 {2}Logs were written to /,
];

/** Blocks of such lines: a line that matches `start`, then all lines that match `belongs`. */
const NOISE_BLOCKS: readonly { readonly start: RegExp; readonly belongs: RegExp }[] = [
  { start: /^Your Worker has access to the following bindings:/, belongs: /^(Binding\s|env\.)/ },
  // Cron does not fire in local runs; a request can run each job.
  { start: /^▲ \[WARNING\] Scheduled Workers are not automatically/, belongs: /^(\s|$)/ },
];

/** wrangler puts a sign before what the Worker writes by console.error and console.warn. */
const SIGN = /^[✘▲] \[(?:ERROR|WARNING)\] (?=\{)/;

/** What wrangler colors text with. Every other control sequence may be a stranger's. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');

/** Returns a reader for the lines of one stream, which remembers the block that it is in. */
export function createOutputReader(): (line: string) => OutputPart | null {
  let block: RegExp | null = null;
  return function readLine(line) {
    const plain = stripVTControlCharacters(line);
    if (block?.test(plain)) return null;
    block = NOISE_BLOCKS.find(({ start }) => start.test(plain))?.belongs ?? null;
    if (block !== null || plain.trim() === '') return null;
    const record = parseRecord(plain.replace(SIGN, ''));
    if (record !== null) return { kind: 'record', record };
    return NOISE.some((noise) => noise.test(plain))
      ? null
      : { kind: 'text', text: escapeControls(line.replace(COLORS, '')) };
  };
}

function parseRecord(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && ('level' in value || 'requestId' in value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields that the short form shows, in this order; the log file has all fields. */
const SHORT_FIELDS = [
  'job',
  'method',
  'route',
  'status',
  'durationMs',
  'remoteAddress',
  'message',
  'error',
];

/** Returns a line for the screen: `12:00:01 POST /api/ca/sign 200 3 ms 127.0.0.1 Sign success`. */
export function shortenRecord(record: Readonly<Record<string, unknown>>, now: Date): string {
  const level = record.level === 'error' || record.level === 'warn' ? record.level : '';
  const fields = SHORT_FIELDS.map((name) => {
    const value = record[name];
    if (typeof value !== 'string' && typeof value !== 'number') return '';
    if (name === 'durationMs') return `${Math.round(Number(value))} ms`;
    // Show only the first line of an error; the log file has the stack.
    // It may contain what a stranger sent.
    return escapeControls(String(value).split('\n', 1).join());
  });
  return [now.toTimeString().slice(0, 8), level, ...fields].filter((text) => text !== '').join(' ');
}
