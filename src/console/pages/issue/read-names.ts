import type { GeneralName } from '../../../x509/names/general-names.ts';
import { formatIpAddress, parseIpAddress } from '../../../x509/names/ip-address.ts';
import { escapeNameValue } from '../../../x509/names/name-text.ts';

/** Reads names, one on each line or with commas between them, and finds the kind of each. */
export function readNames(text: string): GeneralName[] {
  return text
    .split(/[\s,]+/)
    .filter((value) => value !== '')
    .map(readName);
}

function readName(value: string): GeneralName {
  const octets = parseIpAddress(value);
  const ip = octets === null ? null : formatIpAddress(octets);
  if (ip !== null) return { kind: 'ip', value: ip };
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return { kind: 'uri', value };
  return { kind: value.includes('@') ? 'email' : 'dns', value };
}

/** The subject that was typed, or the first name as common name; RFC 4514 text, perhaps empty. */
export function chooseSubject(typed: string, names: readonly GeneralName[]): string {
  const [first] = names;
  if (typed.trim() !== '' || first === undefined) return typed.trim();
  // A longer common name is not allowed (RFC 5280 appendix A.1: ub-common-name).
  return first.value.length > 64 ? '' : `CN=${escapeNameValue(first.value)}`;
}
