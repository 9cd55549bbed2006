import {
  type DerElement,
  DerError,
  encodeElement,
  encodeSequence,
  readChildren,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import { encodeUtf8 } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import {
  explainBadDnsName,
  explainBadEmail,
  explainBadIpAddress,
  explainBadUri,
} from './general-name-forms.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

/** A name in a subjectAltName. An `ip` is canonical text (dotted decimal, RFC 5952). */
export interface GeneralName {
  readonly kind: 'dns' | 'ip' | 'email' | 'uri';
  readonly value: string;
}

/** Our own limit per certificate. */
const MAX_NAMES = 100;
const MAX_SHOWN_LENGTH = 80;

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const KIND_TAG = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

const KIND_LABEL = {
  email: 'e-mail address',
  dns: 'DNS name',
  uri: 'URI',
  ip: 'IP address',
} as const;

const REFUSED_KINDS: Readonly<Record<number, string>> = {
  160: 'otherName',
  163: 'x400Address',
  164: 'directoryName',
  165: 'ediPartyName',
  136: 'registeredID',
};

/**
 * Parses the value of a subjectAltName extension with 1 to 100 names and checks the syntax of every
 * name. A name that occurs more than once is returned once.
 * @throws SignetError invalid-subject-alt-name
 */
export function parseSubjectAltName(valueDer: Uint8Array): GeneralName[] {
  let elements: DerElement[];
  try {
    elements = readChildren(readOnly(valueDer, TAG.sequence).content);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw refusal(`It cannot be read: ${error.message}.`, error);
  }
  checkCount(elements.length);
  return mergeNames(elements.map(readGeneralName));
}

/** Leaves out each name that matches one before it. */
export function mergeNames(names: readonly GeneralName[]): GeneralName[] {
  const merged = new Map<string, GeneralName>();
  for (const name of names) {
    const key = `${name.kind}:${foldCase(name)}`;
    if (!merged.has(key)) merged.set(key, name);
  }
  return [...merged.values()];
}

/** The scheme of a URI, its user information, and its host with its port. */
const URI_PARTS = /^([^:]*:)(?:(\/\/(?:[^/?#]*@)?)([^/?#]*))?/;

/** RFC 5280 sections 7.2, 7.4 and 7.5: hosts and schemes ignore case, nothing else does. */
function foldCase({ kind, value }: GeneralName): string {
  switch (kind) {
    case 'email': {
      const at = value.lastIndexOf('@');
      return value.slice(0, at) + value.slice(at).toLowerCase();
    }
    case 'uri':
      return value.replace(
        URI_PARTS,
        (_, scheme: string, user = '', host = '') =>
          `${scheme.toLowerCase()}${user}${host.toLowerCase()}`,
      );
    default:
      return value.toLowerCase();
  }
}

function readGeneralName({ tag, content }: DerElement): GeneralName {
  if (tag === KIND_TAG.ip) {
    const value = formatIpAddress(content);
    if (value === null) {
      throw refusal(
        `An IP address has 4 or 16 octets, not ${content.length}. Networks are not allowed.`,
      );
    }
    checkIpAddress(value, content);
    return { kind: 'ip', value };
  }
  const kind =
    tag === KIND_TAG.dns
      ? 'dns'
      : tag === KIND_TAG.email
        ? 'email'
        : tag === KIND_TAG.uri
          ? 'uri'
          : null;
  if (kind === null) {
    throw refusal(
      `Names of the kind ${REFUSED_KINDS[tag] ?? `0x${tag.toString(16)}`} are not supported. Use DNS names, IP addresses, e-mail addresses or URIs.`,
    );
  }
  const name: GeneralName = { kind, value: decodeLatin1(content) };
  checkGeneralName(name);
  return name;
}

/**
 * Encodes the value of a subjectAltName extension.
 * @param names 1 to 100, each one that parseSubjectAltName accepts
 * @throws SignetError invalid-subject-alt-name
 */
export function encodeSubjectAltName(names: readonly GeneralName[]): Uint8Array<ArrayBuffer> {
  checkCount(names.length);
  return encodeSequence(...names.map(encodeGeneralName));
}

function encodeGeneralName(name: GeneralName): Uint8Array {
  if (name.kind !== 'ip') {
    checkGeneralName(name);
    return encodeElement(KIND_TAG[name.kind], encodeUtf8(name.value));
  }
  const octets = parseIpAddress(name.value);
  if (octets === null) throw refusal(`The IP address ${quote(name.value)} is not valid.`);
  checkIpAddress(name.value, octets);
  return encodeElement(KIND_TAG.ip, octets);
}

function checkIpAddress(text: string, octets: Uint8Array): void {
  const reason = explainBadIpAddress(octets);
  if (reason !== null) throw refusal(`The IP address ${quote(text)} ${reason}.`);
}

function checkGeneralName({ kind, value }: GeneralName): void {
  const reason =
    kind === 'dns'
      ? explainBadDnsName(value, { wildcard: true })
      : kind === 'email'
        ? explainBadEmail(value)
        : explainBadUri(value);
  if (reason !== null) throw refusal(`The ${KIND_LABEL[kind]} ${quote(value)} ${reason}.`);
}

function checkCount(count: number): void {
  if (count === 0) throw refusal('It is empty: add at least one name or leave the extension out.');
  if (count > MAX_NAMES) {
    throw refusal(`It has ${count} names. A certificate may have at most ${MAX_NAMES}.`);
  }
}

/** Quotes input for a message: shortened and in printable ASCII. */
function quote(value: string): string {
  const shown = value.slice(0, MAX_SHOWN_LENGTH).replace(/[^ -~]/g, '?');
  return `"${shown}${value.length > MAX_SHOWN_LENGTH ? '…' : ''}"`;
}

function refusal(message: string, cause?: unknown): SignetError {
  return new SignetError(
    'invalid-subject-alt-name',
    `The subjectAltName is not valid. ${message}`,
    { field: 'subjectAltName', ...(cause === undefined ? {} : { cause }) },
  );
}
