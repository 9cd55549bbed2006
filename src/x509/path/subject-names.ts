import { TAG } from '../../asn1/der.ts';
import { decodeString } from '../../asn1/strings.ts';
import { SignetError } from '../../errors.ts';
import { readHostInCommonName } from '../names/common-name-host.ts';
import type { GeneralName } from '../names/general-names.ts';
import { COMMON_NAME_OID } from '../names/name-attributes.ts';
import { readName } from '../names/name-der.ts';
import { formatName } from '../names/names.ts';
import type { IssuerConstraints } from './issuer-constraints.ts';
import { type ConstrainedName, explainRefusedName } from './name-constraint-check.ts';

const EMAIL_ADDRESS_OID = '1.2.840.113549.1.9.1';
/**
 * Matches every text that openssl treats as a host, and more (openssl needs letters around the
 * dots).
 */
const HOST_LIKE = /^(?=.*\.)[A-Za-z0-9_.*-]+$/;

interface NamedSubject {
  readonly subjectDer: Uint8Array;
  readonly subjectAltNames: readonly GeneralName[];
}

interface ListedName {
  readonly name: ConstrainedName;
  readonly field: 'subject' | 'subjectAltName';
  /** The subject of a sentence in an error message. */
  readonly label: string;
}

/**
 * Checks every name of a new certificate against the name constraints of one CA above it.
 * @throws SignetError constraint-violated
 */
export function checkNameConstraints(issuer: IssuerConstraints, subject: NamedSubject): void {
  if (issuer.nameConstraints === null) return;
  for (const { name, field, label } of listNames(issuer, subject)) {
    const reason = explainRefusedName(name, issuer.nameConstraints);
    if (reason !== null) throw refuse(issuer, field, `${label} ${reason}`);
  }
}

/**
 * Lists the names to check. Like openssl, this goes beyond RFC 5280 section 4.2.1.10: an
 * emailAddress in the subject counts even if there is a subjectAltName, and a commonName that looks
 * like a host counts as a DNS name if the subjectAltName has none.
 */
function listNames(
  issuer: IssuerConstraints,
  { subjectDer, subjectAltNames }: NamedSubject,
): ListedName[] {
  const names: ListedName[] = subjectAltNames.map((name) => ({
    name,
    field: 'subjectAltName',
    label: `the name "${name.value}"`,
  }));
  const attributes = readName(subjectDer).flat();
  if (attributes.length > 0) {
    const label = `the subject "${formatName(subjectDer)}"`;
    names.push({ name: { kind: 'directory', nameDer: subjectDer }, field: 'subject', label });
  }
  const hasDnsName = subjectAltNames.some(({ kind }) => kind === 'dns');
  for (const { oid, value } of attributes) {
    const isEmail = oid === EMAIL_ADDRESS_OID;
    if (!isEmail && (hasDnsName || oid !== COMMON_NAME_OID)) continue;
    const text = isEmail && value.tag !== TAG.ia5String ? null : decodeString(value);
    if (text === null || text.includes('\0')) {
      const what = isEmail ? 'emailAddress' : 'common name';
      const reason = `the ${what} in the subject cannot be compared with name constraints`;
      throw refuse(issuer, 'subject', reason);
    }
    if (isEmail) {
      names.push(ofSubject({ kind: 'email', value: text }, 'e-mail address'));
      continue;
    }
    const host = readHostInCommonName(text)?.name ?? null;
    if (host !== null) names.push(ofSubject(host, 'common name'));
    if (host?.kind !== 'dns' && HOST_LIKE.test(text)) {
      names.push(ofSubject({ kind: 'dns', value: text }, 'common name'));
    }
  }
  return names;
}

function ofSubject(name: GeneralName, what: string): ListedName {
  return { name, field: 'subject', label: `the ${what} "${name.value}" in the subject` };
}

function refuse(
  issuer: IssuerConstraints,
  field: ListedName['field'],
  reason: string,
): SignetError {
  return new SignetError(
    'constraint-violated',
    `The authority "${issuer.name}" has name constraints that do not allow this: ${reason}.`,
    { field },
  );
}
