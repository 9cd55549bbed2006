import {
  type DerElement,
  DerError,
  readChildren,
  readElement,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import { formatIpAddress } from '../names/ip-address.ts';
import { countPrefix } from '../path/format-subtree.ts';
import { isContiguousMask } from '../path/name-constraint-forms.ts';
import { describeBytes, describeName, describeText } from './describe-name.ts';
import type { GeneralNameDescription, GeneralNameKind } from './description.ts';

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const KINDS: Readonly<Record<number, GeneralNameKind>> = {
  160: 'other',
  129: 'email',
  130: 'dns',
  163: 'x400',
  164: 'directory',
  165: 'ediParty',
  134: 'uri',
  135: 'ip',
  136: 'registeredId',
};

/**
 * Describes a GeneralName without judging it. A value that cannot be read is # and hex.
 * @throws DerError if it is not a GeneralName
 */
export function describeGeneralName(element: DerElement): GeneralNameDescription {
  const kind = KINDS[element.tag];
  if (kind === undefined) throw new DerError('not a GeneralName');
  try {
    return read(kind, element);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return { kind, value: describeBytes(element.content) };
  }
}

/** Describes GeneralNames, whose tag may be implicit. @throws DerError */
export function describeGeneralNames({ content }: DerElement): GeneralNameDescription[] {
  return readChildren(content).map(describeGeneralName);
}

function read(kind: GeneralNameKind, { content }: DerElement): GeneralNameDescription {
  switch (kind) {
    case 'email':
    case 'dns':
    case 'uri':
      return { kind, value: decodeLatin1(content) };
    case 'ip':
      return { kind, value: formatAddress(content) };
    case 'directory': {
      // A Name is a CHOICE, so its tag is explicit.
      const { text, attributes } = describeName(readOnly(content, TAG.sequence).bytes);
      return { kind, value: text, attributes };
    }
    case 'registeredId': {
      const value = readObjectIdentifier({ tag: TAG.objectIdentifier, bytes: content, content });
      return { kind, value };
    }
    case 'other':
      return { kind, value: describeOther(content) };
    default:
      return { kind, value: describeBytes(content) };
  }
}

/** An address, or a network of name constraints: an address and its mask. */
function formatAddress(octets: Uint8Array): string {
  const address = formatIpAddress(octets);
  if (address !== null) return address;
  const half = octets.length / 2;
  const network = formatIpAddress(octets.subarray(0, half));
  const mask = octets.subarray(half);
  const maskText = formatIpAddress(mask);
  if (network === null || maskText === null) return describeBytes(octets);
  return `${network}/${isContiguousMask(mask) ? countPrefix(mask) : maskText}`;
}

function describeOther(content: Uint8Array): string {
  const [type, wrapped, ...rest] = readChildren(content);
  if (type === undefined || wrapped?.tag !== 0xa0 || rest.length > 0) {
    throw new DerError('not an OtherName');
  }
  return `${readObjectIdentifier(type)}:${describeText(readElement(wrapped.content))}`;
}
