import type { KeyUsageName } from '../../x509/certificate/extensions.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { formatIpAddress, parseIpAddress } from '../../x509/names/ip-address.ts';
import type { SubjectFields } from '../../x509/names/subject-fields.ts';
import type { Parameters } from './authentication/acs-parameters.ts';
import {
  openPassthrough,
  readBoolean,
  readObject,
  readSubject,
  readUsages,
  refuse,
} from './passthrough.ts';

/** ApiPassthrough of a leaf. Null for parts that are not given. */
export interface CustomPassthrough {
  readonly subject: SubjectFields | null;
  /** Names or OIDs. */
  readonly extendedKeyUsages: readonly string[] | null;
  readonly keyUsages: readonly KeyUsageName[] | null;
  readonly subjectAltNames: readonly GeneralName[] | null;
}

const EXTENSIONS = 'ApiPassthrough.Extensions';
const MAX_NAMES = 100;

const KEY_USAGES: ReadonlyMap<string, KeyUsageName | null> = new Map([
  ['DigitalSignature', 'digitalSignature'],
  ['NonRepudiation', 'nonRepudiation'],
  ['ContentCommitment', 'nonRepudiation'],
  ['KeyEncipherment', 'keyEncipherment'],
  ['DataEncipherment', 'dataEncipherment'],
  ['KeyAgreement', 'keyAgreement'],
  // They limit keyAgreement (RFC 5280 section 4.2.1.3) and are not offered.
  ['EncipherOnly', null],
  ['DecipherOnly', null],
]);

const NAME_KINDS: ReadonlyMap<unknown, GeneralName['kind']> = new Map([
  ['rfc822Name', 'email'],
  ['dNSName', 'dns'],
  ['uniformResourceIdentifier', 'uri'],
  ['iPAddress', 'ip'],
]);

/**
 * Reads ApiPassthrough of CreateCustomCertificate. Unknown fields are refused.
 * @throws SignetError invalid-parameter
 */
export function readCustomPassthrough(parameters: Parameters): CustomPassthrough {
  const all = openPassthrough(parameters);
  const extensions = readObject(all.Extensions ?? {}, EXTENSIONS, [
    'KeyUsage',
    'ExtendedKeyUsages',
    'SubjectAlternativeNames',
    'Criticals',
  ]);
  checkCriticals(extensions.Criticals);
  return {
    subject: all.Subject === undefined ? null : readSubject(all.Subject),
    extendedKeyUsages: readUsages(extensions.ExtendedKeyUsages),
    keyUsages: readKeyUsages(extensions.KeyUsage),
    subjectAltNames: readNames(extensions.SubjectAlternativeNames),
  };
}

function readKeyUsages(value: unknown): readonly KeyUsageName[] | null {
  if (value === undefined) return null;
  const name = `${EXTENSIONS}.KeyUsage`;
  const flags = readObject(value, name, [...KEY_USAGES.keys()]);
  const usages = new Set<KeyUsageName>();
  for (const [flag, given] of Object.entries(flags)) {
    if (!readBoolean(given, `${name}.${flag}`)) continue;
    const usage = KEY_USAGES.get(flag) ?? null;
    if (usage === null) throw refuse(`${name}.${flag} is not offered`);
    usages.add(usage);
  }
  if (usages.size === 0) throw refuse(`${name} must allow a usage, or be left out`);
  return [...usages];
}

function readNames(value: unknown): readonly GeneralName[] | null {
  if (value === undefined) return null;
  const name = `${EXTENSIONS}.SubjectAlternativeNames`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_NAMES) {
    throw refuse(`${name} must be a list of 1 to ${MAX_NAMES} names`);
  }
  return value.map((each: unknown) => {
    const { Type, Value } = readObject(each, name, ['Type', 'Value']);
    const kind = NAME_KINDS.get(Type);
    if (kind === undefined) {
      throw refuse(`${name} has an unknown Type. Use one of ${[...NAME_KINDS.keys()].join(', ')}`);
    }
    if (typeof Value !== 'string') throw refuse(`${name} needs a Value that is a string`);
    return { kind, value: kind === 'ip' ? readAddress(Value) : Value };
  });
}

/** The check of all names refuses a text that is not an address. */
function readAddress(text: string): string {
  const octets = parseIpAddress(text);
  return (octets === null ? null : formatIpAddress(octets)) ?? text;
}

/** A request cannot choose which extensions are critical, but it may name one that always is. */
function checkCriticals(value: unknown): void {
  const isKnown = (each: unknown) => each === 'KeyUsage';
  if (value === undefined || (Array.isArray(value) && value.every(isKnown))) return;
  throw refuse(`${EXTENSIONS}.Criticals may contain only KeyUsage`);
}
