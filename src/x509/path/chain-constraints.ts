import { EXTENDED_KEY_USAGE_OID } from '../../asn1/oids.ts';
import { SignetError } from '../../errors.ts';
import type { Certificate } from '../certificate/certificate.ts';
import {
  ANY_EXTENDED_KEY_USAGE,
  nameExtendedKeyUsage,
} from '../certificate/extended-key-usages.ts';
import type { GeneralName } from '../names/general-names.ts';
import { isSameName } from '../names/name-comparison.ts';
import { isEmptyName } from '../names/names.ts';
import { type IssuerConstraints, readIssuerConstraints } from './issuer-constraints.ts';
import type { NameConstraints } from './name-constraints.ts';
import { explainRefusedPolicies } from './policy-path.ts';
import { checkNameConstraints } from './subject-names.ts';

/** The parts of a new certificate that the CAs above it can restrict. */
export interface IssuanceSubject {
  /** A Name that checkSubjectName accepts. */
  readonly subjectDer: Uint8Array;
  readonly subjectAltNames: readonly GeneralName[];
  readonly isCa: boolean;
  /** Only for CAs; null for no limit. */
  readonly pathLenConstraint: number | null;
  /** Dotted OIDs; null for no extension. */
  readonly extendedKeyUsages: readonly string[] | null;
  /** Dotted OIDs; null for no extension. */
  readonly policies: readonly string[] | null;
  /** For certificates below it. They add to the constraints above and need not be within them. */
  readonly nameConstraints: NameConstraints | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/**
 * Checks that every CA above allows `subject` (RFC 5280 section 6.1), so that verifiers accept the
 * new certificate. If openssl is stricter than the RFC, so is this.
 * @param chain issuing CA first, root last
 * @throws SignetError constraint-violated: the message names the CA and its constraint, `field` the
 *   part of the request that breaks it. invalid-subject for a CA without a name. invalid-parameter
 *   for a leaf with a path length and for a validity that ends before it begins
 */
export function checkIssuance(chain: readonly Certificate[], subject: IssuanceSubject): void {
  const issuers = chain.map(readIssuerConstraints);
  const [issuer] = issuers;
  if (issuer === undefined) throw new RangeError('a chain without an issuing CA');
  for (const above of issuers) checkAuthority(above);
  checkDistinctName(issuer, subject);
  checkPathLength(issuers, subject);
  for (const above of issuers) {
    checkValidity(above, subject);
    checkExtendedKeyUsages(above, subject);
    checkNameConstraints(above, subject);
  }
  checkPolicies(issuers, subject);
}

/** Section 6.1.4 k and n. */
function checkAuthority(issuer: IssuerConstraints): void {
  if (!issuer.isCa) {
    throw refuse(issuer, 'authority', 'it is not a CA: its basic constraints lack CA:TRUE');
  }
  if (!issuer.maySignCertificates) {
    throw refuse(issuer, 'authority', 'its key usage lacks keyCertSign');
  }
}

/** A CA with its issuer's name would count as self-issued, and path lengths do not count those. */
function checkDistinctName(issuer: IssuerConstraints, subject: IssuanceSubject): void {
  if (!subject.isCa) return;
  if (isEmptyName(subject.subjectDer)) {
    throw new SignetError(
      'invalid-subject',
      'A CA needs a subject name (RFC 5280 section 4.1.2.6): give at least a CN.',
      { field: 'subject' },
    );
  }
  if (isSameName(subject.subjectDer, issuer.subjectDer)) {
    throw refuse(
      issuer,
      'subject',
      'the new CA has the same subject name and would look self-issued: choose another name',
    );
  }
}

/**
 * Sections 4.2.1.9 and 6.1.4 l and m: CAs below that are not self-issued use up the path length.
 */
function checkPathLength(issuers: readonly IssuerConstraints[], subject: IssuanceSubject): void {
  if (!subject.isCa && subject.pathLenConstraint !== null) {
    throw new SignetError(
      'invalid-parameter',
      'Only a CA may have a path length (RFC 5280 section 4.2.1.9): leave it out.',
      { field: 'pathLenConstraint' },
    );
  }
  let below = 0;
  for (const issuer of issuers) {
    if (issuer.pathLenConstraint !== null) {
      const left = issuer.pathLenConstraint - below;
      if (left < 0 || (subject.isCa && left < 1)) {
        const limit = `its path length allows ${issuer.pathLenConstraint} CAs below it`;
        throw refuse(issuer, 'pathLenConstraint', `${limit}, and the chain already has ${below}`);
      }
      if (subject.pathLenConstraint !== null && subject.pathLenConstraint > left - 1) {
        const wanted = `the path length ${subject.pathLenConstraint} is too large`;
        throw refuse(issuer, 'pathLenConstraint', `${wanted}: choose at most ${left - 1}`);
      }
    }
    if (!issuer.isSelfIssued) below++;
  }
}

/**
 * RFC 5280 does not require this, but the chain is not valid outside the validity of a CA above.
 */
function checkValidity(issuer: IssuerConstraints, subject: IssuanceSubject): void {
  if (subject.notBeforeSeconds > subject.notAfterSeconds) {
    throw new SignetError('invalid-parameter', 'The validity ends before it begins.', {
      field: 'validity',
    });
  }
  if (subject.notAfterSeconds > issuer.notAfterSeconds) {
    const latest = formatTime(issuer.notAfterSeconds);
    throw refuse(
      issuer,
      'validity',
      `its certificate expires at ${latest}: choose an end up to then`,
    );
  }
  if (subject.notBeforeSeconds < issuer.notBeforeSeconds) {
    const earliest = formatTime(issuer.notBeforeSeconds);
    const reason = `its certificate is not valid before ${earliest}: choose a later start`;
    throw refuse(issuer, 'validity', reason);
  }
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/**
 * Usages that openssl requires by name in each CA's extension: anyExtendedKeyUsage is not enough.
 */
const NEVER_BY_ANY: readonly string[] = [
  EXTENDED_KEY_USAGE_OID.serverAuth,
  EXTENDED_KEY_USAGE_OID.clientAuth,
  EXTENDED_KEY_USAGE_OID.emailProtection,
];

/**
 * RFC 5280 gives the extension no meaning in a CA certificate, but verifiers take it as a limit for
 * the certificates below. A CA may leave it out; the limits of the CAs above still apply below it.
 */
function checkExtendedKeyUsages(issuer: IssuerConstraints, subject: IssuanceSubject): void {
  const allowed = issuer.extendedKeyUsages;
  if (allowed === null) return;
  const hasAny = allowed.includes(ANY_EXTENDED_KEY_USAGE);
  const names = allowed.map(nameExtendedKeyUsage).join(', ');
  if (subject.extendedKeyUsages === null) {
    if (subject.isCa || hasAny) return;
    throw refuse(
      issuer,
      'extendedKeyUsages',
      `its extended key usages are limited to ${names}: request at least one of them`,
    );
  }
  const foreign = subject.extendedKeyUsages.find(
    (usage) => !allowed.includes(usage) && !(hasAny && !NEVER_BY_ANY.includes(usage)),
  );
  if (foreign !== undefined) {
    throw refuse(
      issuer,
      'extendedKeyUsages',
      `its extended key usages are limited to ${names}, and ${nameExtendedKeyUsage(foreign)} is not among them${
        hasAny ? ' by name, as openssl requires' : ''
      }`,
    );
  }
}

function checkPolicies(issuers: readonly IssuerConstraints[], subject: IssuanceSubject): void {
  const reason = explainRefusedPolicies(issuers.toReversed(), subject);
  const [issuer] = issuers;
  if (reason !== null && issuer !== undefined) throw refuse(issuer, 'policies', reason);
}

function refuse(issuer: IssuerConstraints, field: string, reason: string): SignetError {
  return new SignetError(
    'constraint-violated',
    `The authority "${issuer.name}" does not allow this: ${reason}.`,
    { field },
  );
}
