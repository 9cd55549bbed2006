import {
  type DerElement,
  DerError,
  encodeElement,
  encodeSequence,
  readChildren,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { assertStrictDer } from '../../asn1/strict-der.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import { encodeUtf8 } from '../../bytes.ts';
import type { ExtensionMap } from '../certificate/extensions.ts';
import { encodeExtension } from '../certificate/extensions.ts';
import { readName } from '../names/name-der.ts';
import {
  explainBadSubtreeText,
  isContiguousMask,
  type Subtree,
  type TextSubtreeKind,
} from './name-constraint-forms.ts';

/** Name constraints (RFC 5280 section 4.2.1.10). Every subtree has minimum 0 and no maximum. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

const PERMITTED_TAG = 0xa0;
const EXCLUDED_TAG = 0xa1;
const MINIMUM_TAG = 0x80;
/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const TEXT_TAG = { email: 0x81, dns: 0x82, uri: 0x86 } as const;
const IP_TAG = 0x87;
const DIRECTORY_TAG = 0xa4;
const UNSUPPORTED_TAGS: readonly number[] = [0xa0, 0xa3, 0xa5, 0x88];
/**
 * Our own limit: every name of a certificate is compared with every subtree of every CA above it.
 */
const MAX_SUBTREES = 1000;

/**
 * Reads the name constraints of a CA certificate or CSR. Returns null if it has none.
 * @throws DerError
 */
export function readNameConstraints(extensions: ExtensionMap): NameConstraints | null {
  const extension = extensions.get(OID.nameConstraints);
  return extension === undefined ? null : parseNameConstraints(extension.valueDer);
}

/**
 * Parses the value of a nameConstraints extension.
 * @throws DerError if it is malformed or cannot be enforced
 */
export function parseNameConstraints(valueDer: Uint8Array): NameConstraints {
  assertStrictDer(valueDer);
  const fields = readChildren(readOnly(valueDer, TAG.sequence).content);
  const permitted = fields[0]?.tag === PERMITTED_TAG ? fields.shift() : undefined;
  const excluded = fields[0]?.tag === EXCLUDED_TAG ? fields.shift() : undefined;
  if (fields.length > 0 || (permitted ?? excluded) === undefined) {
    throw new DerError('not a SEQUENCE with permittedSubtrees, excludedSubtrees or both');
  }
  const constraints = { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) };
  if (constraints.permitted.length + constraints.excluded.length > MAX_SUBTREES) {
    throw new DerError(`more than ${MAX_SUBTREES} subtrees`);
  }
  return constraints;
}

function readSubtrees(list: DerElement | undefined): Subtree[] {
  if (list === undefined) return [];
  const subtrees = readChildren(list.content).map(readSubtree);
  if (subtrees.length === 0) throw new DerError('an empty list of subtrees');
  return subtrees;
}

function readSubtree({ tag, content }: DerElement): Subtree {
  const [base, minimum, ...rest] = tag === TAG.sequence ? readChildren(content) : [];
  if (base === undefined) throw new DerError('a subtree without its base');
  // DER leaves out a default, but some CAs write it, and its meaning is clear.
  const isZero = minimum?.content.length === 1 && minimum.content[0] === 0;
  if (minimum !== undefined && !(minimum.tag === MINIMUM_TAG && isZero)) {
    throw new DerError('a subtree with a minimum other than 0 or with a maximum');
  }
  if (rest.length > 0) throw new DerError('a subtree with a maximum');
  return readBase(base);
}

function readBase({ tag, content, bytes }: DerElement): Subtree {
  switch (tag) {
    case TEXT_TAG.dns:
      return readText('dns', content);
    case TEXT_TAG.email:
      return readText('email', content);
    case TEXT_TAG.uri:
      return readText('uri', content);
    case IP_TAG:
      return readNetwork(content);
    case DIRECTORY_TAG:
      readName(content);
      return { kind: 'directory', nameDer: content };
    default:
      if (!UNSUPPORTED_TAGS.includes(tag)) throw new DerError('a base that is not a GeneralName');
      return { kind: 'unsupported', tag, baseDer: bytes };
  }
}

function readText(kind: TextSubtreeKind, content: Uint8Array): Subtree {
  const value = decodeLatin1(content);
  const reason = explainBadSubtreeText(kind, value);
  if (reason !== null) throw new DerError(`a ${kind} subtree whose base ${reason}`);
  return { kind, value };
}

function readNetwork(content: Uint8Array): Subtree {
  if (content.length !== 8 && content.length !== 32) {
    throw new DerError('an IP subtree that is not an address and a mask');
  }
  const half = content.length / 2;
  const mask = content.subarray(half);
  if (!isContiguousMask(mask)) throw new DerError('an IP subtree with holes in its mask');
  return { kind: 'ip', address: content.subarray(0, half), mask };
}

/**
 * Encodes the extension as critical (RFC 5280 section 4.2.1.10).
 * @param constraints with at least one subtree
 * @throws DerError if parseNameConstraints would refuse the result
 */
export function encodeNameConstraints({ permitted, excluded }: NameConstraints): Uint8Array {
  const lists = [
    { tag: PERMITTED_TAG, subtrees: permitted },
    { tag: EXCLUDED_TAG, subtrees: excluded },
  ].filter(({ subtrees }) => subtrees.length > 0);
  const valueDer = encodeSequence(
    ...lists.map(({ tag, subtrees }) =>
      encodeElement(tag, ...subtrees.map((subtree) => encodeSequence(encodeBase(subtree)))),
    ),
  );
  parseNameConstraints(valueDer);
  return encodeExtension(OID.nameConstraints, true, valueDer);
}

function encodeBase(subtree: Subtree): Uint8Array {
  switch (subtree.kind) {
    case 'ip':
      return encodeElement(IP_TAG, subtree.address, subtree.mask);
    case 'directory':
      return encodeElement(DIRECTORY_TAG, subtree.nameDer);
    case 'unsupported':
      return subtree.baseDer;
    default:
      return encodeElement(TEXT_TAG[subtree.kind], encodeUtf8(subtree.value));
  }
}
