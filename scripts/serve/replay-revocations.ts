import { UserError } from '../user-error.ts';
import type { AskApi } from './with-record.ts';

interface RevocationEvent {
  readonly position: number;
  readonly action: string;
  readonly authorityId: string;
  readonly target: string;
  readonly reason: string | null;
}

/** What came of repeating the events of an audit export. */
export interface Replay {
  /** Number of revocations, holds and releases that hold now. */
  readonly repeated: number;
  /** `authority/serial` of certificates that the record does not know. */
  readonly unknown: readonly string[];
}

/**
 * Repeats the revocations, holds and releases since a backup, in their order.
 * @param text answers of `GET /api/v1/audit`, one after the other, or events, one a line
 * @param since RFC 3339
 * @throws UserError if it cannot be read
 */
export async function replayRevocations(ask: AskApi, text: string, since: string): Promise<Replay> {
  // An export may begin with the newest event.
  const events = parseEvents(text, since).sort((a, b) => a.position - b.position);
  const unknown: string[] = [];
  let repeated = 0;
  for (const { action, authorityId, target, reason } of events) {
    if (action === 'certificate.issue') {
      unknown.push(`${authorityId}/${target}`);
      continue;
    }
    const verb = action === 'certificate.release' ? 'release' : 'revoke';
    const path = `/api/v1/certificates/${encodeURIComponent(target)}/${verb}?authority=${encodeURIComponent(authorityId)}`;
    const { status } = await ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: verb === 'release' || reason === null ? '{}' : JSON.stringify({ reason }),
    });
    // 409: it is in this state already.
    if (status < 300 || status === 409) repeated++;
    else unknown.push(`${authorityId}/${target}`);
  }
  console.log(`Repeated ${repeated} revocations and releases.`);
  const missing = [...new Set(unknown)];
  if (missing.length > 0) {
    console.log(
      `These ${missing.length} certificates were issued after the backup, and are not known any more (authority/serial):\n  ${missing.join('\n  ')}`,
    );
  }
  return { repeated, unknown: missing };
}

const REPEATED = ['certificate.issue', 'certificate.revoke', 'certificate.release'];

function parseEvents(text: string, since: string): RevocationEvent[] {
  const parsed = parseDocuments(text);
  const events = parsed.flatMap((each): unknown[] => {
    const list: unknown = Reflect.get(Object(each), 'events');
    return Array.isArray(list) ? list : [each];
  });
  return events.flatMap((event) => {
    const read = (name: string): unknown => Reflect.get(Object(event), name);
    const [action, at, target, authorityId] = ['action', 'at', 'target', 'authority'].map(read);
    if (typeof action !== 'string' || typeof at !== 'string') {
      throw new UserError(
        'The audit export has an entry that is not an event. Give the answers of GET /api/v1/audit.',
      );
    }
    if (
      !REPEATED.includes(action) ||
      read('outcome') !== 'done' ||
      Date.parse(at) < Date.parse(since)
    ) {
      return [];
    }
    const reason: unknown = Reflect.get(Object(read('detail')), 'reason');
    return [
      {
        position: Number(read('position')),
        action,
        target: String(target),
        authorityId: String(authorityId),
        reason: typeof reason === 'string' ? reason : null,
      },
    ];
  });
}

/** Reads one JSON document, or one on each line. */
function parseDocuments(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // One on each line, then.
  }
  try {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line): unknown => JSON.parse(line));
  } catch {
    throw new UserError('The audit export is not JSON. Give the answers of GET /api/v1/audit.');
  }
}
