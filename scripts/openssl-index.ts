import { UserError } from './user-error.ts';

/** A certificate in the form of the import API; times are RFC 3339. */
export interface HistoryEntry {
  /** Hexadecimal, as in the index. */
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

/** Maps the reason in index.txt, in lower case, to its name in RFC 5280. */
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

/** Reasons that only OpenSSL has. Another field follows: a date, or an instruction, which is ignored. */
const REASONS_WITH_EXTRA: ReadonlyMap<string, string> = new Map([
  ['keytime', 'keyCompromise'],
  ['cakeytime', 'cACompromise'],
  ['holdinstruction', 'certificateHold'],
]);

/**
 * Parses the index.txt of `openssl ca`. The fields of a line are status, expiry, revocation, serial
 * number, file name (which OpenSSL does not use either) and subject, separated by tabs.
 * @throws UserError that names the wrong line
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
    throw new UserError('the line must have six fields separated by tabs');
  }
  if (!/^[VRE]$/.test(status)) throw new UserError(`the status "${status}" is not V, R or E`);
  if (!/^-?[0-9A-Fa-f]{1,40}$/.test(serial)) {
    throw new UserError(`"${serial}" is not a serial number in hexadecimal`);
  }
  return {
    serial,
    subject,
    notAfter: parseTime(expiry),
    ...(status === 'R' ? { revocation: parseRevocation(revocation) } : {}),
  };
}

/** Parses `date[,reason[,extra]]`, as OpenSSL's unpack_revinfo does. */
function parseRevocation(field: string): NonNullable<HistoryEntry['revocation']> {
  const [date = '', name = 'unspecified', extra] = field.split(',');
  const revokedAt = parseTime(date);
  const key = name.toLowerCase();
  const reason = REASONS.get(key) ?? REASONS_WITH_EXTRA.get(key);
  if (reason === undefined) {
    const advice =
      key === 'removefromcrl'
        ? 'which a complete CRL cannot have: set the status to V, or give another reason'
        : 'an unknown reason';
    throw new UserError(`it is revoked for "${name}", ${advice}`);
  }
  if (!key.endsWith('keytime')) return { revokedAt, reason };
  if (extra === undefined) throw new UserError(`the time after ${name} is missing`);
  return { revokedAt, reason, invalidityDate: parseTime(extra) };
}

/** Converts UTCTime (years 1950 to 2049) or GeneralizedTime to RFC 3339. */
function parseTime(text: string): string {
  const full = /^\d{12}Z$/.test(text) ? `${text < '5' ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== iso.replace('Z', '.000Z')) {
    throw new UserError(`"${text}" is not a time like 260131120000Z`);
  }
  return iso;
}
