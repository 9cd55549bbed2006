import { UserError } from './user-error.ts';

/** A certificate as the import's API takes it; times in RFC 3339. */
export interface HistoryEntry {
  /** Hexadecimal, as the index writes it. */
  readonly serial: string;
  readonly certificate?: string;
  readonly subject: string;
  readonly notAfter: string;
  readonly revocation?: {
    readonly revokedAt: string;
    readonly reason: string;
    readonly invalidityDate?: string;
  };
}

/** What index.txt says in the third field, without regard to case, and its RFC 5280 name. */
const REASONS: ReadonlyMap<string, string> = new Map(
  [
    'unspecified',
    'keyCompromise',
    'cACompromise',
    'affiliationChanged',
    'superseded',
    'cessationOfOperation',
    'certificateHold',
    'privilegeWithdrawn',
    'aACompromise',
  ].map((name) => [name.toLowerCase(), name]),
);

/** Reasons of OpenSSL alone: what stands behind them is a date, or an instruction that nobody reads. */
const REASONS_WITH_EXTRA: ReadonlyMap<string, string> = new Map([
  ['keytime', 'keyCompromise'],
  ['cakeytime', 'cACompromise'],
  ['holdinstruction', 'certificateHold'],
]);

/**
 * The lines of the index.txt of `openssl ca`: status, expiry, revocation, serial number, file name
 * (not used by OpenSSL either) and subject, between tabs.
 * @throws UserError naming the line that cannot be read
 */
export function parseIndex(text: string): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    try {
      entries.push(parseLine(line));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`index.txt, line ${index + 1}: ${error.message}`);
    }
  }
  return entries;
}

function parseLine(line: string): HistoryEntry {
  const [status = '', expiry = '', revocation = '', serial = '', , subject, ...rest] =
    line.split('\t');
  if (subject === undefined || rest.length > 0) {
    throw new UserError('there must be six fields with a tab between them');
  }
  if (!/^[VRE]$/.test(status)) throw new UserError(`the status "${status}" is none of V, R and E`);
  if (!/^[0-9A-Fa-f]{1,40}$/.test(serial)) {
    throw new UserError(`"${serial}" is no serial number in hexadecimal`);
  }
  return {
    serial,
    subject,
    notAfter: parseTime(expiry),
    ...(status === 'R' ? { revocation: parseRevocation(revocation) } : {}),
  };
}

/** `date[,reason[,extra]]`, as OpenSSL's unpack of it has it. */
function parseRevocation(field: string): NonNullable<HistoryEntry['revocation']> {
  const [date = '', name = 'unspecified', extra] = field.split(',');
  const revokedAt = parseTime(date);
  const key = name.toLowerCase();
  const reason = REASONS.get(key) ?? REASONS_WITH_EXTRA.get(key);
  if (reason === undefined) {
    const advice =
      key === 'removefromcrl'
        ? 'which has no place in a complete list: make it V, or give another reason'
        : 'which is not known';
    throw new UserError(`it is revoked for "${name}", ${advice}`);
  }
  if (!key.endsWith('keytime')) return { revokedAt, reason };
  if (extra === undefined) throw new UserError(`the time behind ${name} is missing`);
  return { revokedAt, reason, invalidityDate: parseTime(extra) };
}

/** RFC 3339 of UTCTime (years 1950 to 2049) or GeneralizedTime. */
function parseTime(text: string): string {
  const full = /^\d{12}Z$/.test(text) ? `${text < '5' ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== iso.replace('Z', '.000Z')) {
    throw new UserError(`"${text}" is no time like 260131120000Z`);
  }
  return iso;
}
