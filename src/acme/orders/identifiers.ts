import { SignetError } from '../../errors.ts';
import { explainBadDnsName, explainBadIpAddress } from '../../x509/names/general-name-forms.ts';
import { formatIpAddress, parseIpAddress } from '../../x509/names/ip-address.ts';
import { AcmeError, type Identifier, type IdentifierProblem } from '../acme-error.ts';
import { ACME_LIMITS } from '../limits.ts';

const MAX_SHOWN_LENGTH = 253;
/** Many clients show only the message of the whole, and not its subproblems. */
const MAX_SHOWN_PROBLEMS = 3;

/**
 * Reads the identifiers of a new order (RFC 8555 section 7.4, RFC 8738). DNS names become lower case.
 * An identifier that occurs more than once is returned once.
 * @throws AcmeError rejected-identifier, unsupported-identifier, with a problem for each identifier;
 *   SignetError malformed-request
 */
export function parseIdentifiers(value: unknown): readonly Identifier[] {
  if (!Array.isArray(value) || value.length === 0)
    throw malformed('must be a list with at least one');
  if (value.length > ACME_LIMITS.identifiersPerOrder) {
    throw malformed(`may have at most ${ACME_LIMITS.identifiersPerOrder}. Make several orders`);
  }
  const identifiers = new Map<string, Identifier>();
  const problems: IdentifierProblem[] = [];
  for (const each of value) {
    const parsed = parseIdentifier(each);
    if ('code' in parsed) problems.push(parsed);
    else identifiers.set(`${parsed.type}:${parsed.value}`, parsed);
  }
  if (problems.length > 0) throw refuseIdentifiers(problems);
  return [...identifiers.values()];
}

/** The error for identifiers that each have a problem (RFC 8555 section 6.7.1). */
export function refuseIdentifiers(problems: readonly IdentifierProblem[]): AcmeError {
  const [first] = problems;
  const isOfOneKind = problems.every(({ code }) => code === first?.code);
  const code = isOfOneKind && first !== undefined ? first.code : 'rejected-identifier';
  const shown = problems.slice(0, MAX_SHOWN_PROBLEMS).map(({ message }) => message);
  const others = problems.length - shown.length;
  const message = [...shown, ...(others > 0 ? [`And ${others} more are refused.`] : [])].join(' ');
  return new AcmeError(code, message, { field: 'identifiers', problems });
}

/** A wildcard asks for every name one label below the domain (RFC 8555 section 7.1.3). */
export function splitWildcard({ type, value }: Identifier): {
  readonly identifier: Identifier;
  readonly wildcard: boolean;
} {
  const wildcard = type === 'dns' && value.startsWith('*.');
  return { identifier: { type, value: wildcard ? value.slice(2) : value }, wildcard };
}

export function joinWildcard({ type, value }: Identifier, wildcard: boolean): Identifier {
  return { type, value: wildcard ? `*.${value}` : value };
}

function parseIdentifier(raw: unknown): Identifier | IdentifierProblem {
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || !('value' in raw)) {
    throw malformed("must be objects with 'type' and 'value'");
  }
  const { type, value } = raw;
  if (typeof type !== 'string' || typeof value !== 'string') {
    throw malformed("must have strings as 'type' and 'value'");
  }
  const refuse = (reason: string): IdentifierProblem => ({
    code: 'rejected-identifier',
    message: `'${value.slice(0, MAX_SHOWN_LENGTH)}' ${reason}.`,
    identifier: { type, value: value.slice(0, MAX_SHOWN_LENGTH) },
  });
  switch (type) {
    case 'dns': {
      const reason = explainBadDnsName(value, { wildcard: true });
      return reason === null ? { type, value: value.toLowerCase() } : refuse(reason);
    }
    case 'ip': {
      const reason = explainBadIp(value);
      return reason === null ? { type, value } : refuse(reason);
    }
    default:
      return {
        code: 'unsupported-identifier',
        message: "The type of an identifier must be 'dns' or 'ip'.",
        identifier: { type: type.slice(0, 40), value: value.slice(0, MAX_SHOWN_LENGTH) },
      };
  }
}

/** RFC 8738 section 3: dotted decimal, or RFC 5952. */
function explainBadIp(text: string): string | null {
  const octets = parseIpAddress(text);
  if (octets === null) return 'is not an IP address';
  const canonical = formatIpAddress(octets);
  if (canonical !== text) return `must be written as ${canonical}`;
  return explainBadIpAddress(octets);
}

function malformed(reason: string): SignetError {
  return new SignetError('malformed-request', `'identifiers' ${reason}.`, { field: 'identifiers' });
}
