import { SignetError } from '../../errors.ts';
import type { Certificate } from '../certificate/certificate.ts';
import { readPolicyRules } from '../certificate/certificate-policies.ts';
import { readExtendedKeyUsages } from '../certificate/extended-key-usages.ts';
import { hasKeyUsage, readBasicConstraints } from '../certificate/extensions.ts';
import { formatName } from '../names/names.ts';
import { isSelfIssued } from './chain.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
import type { PolicyStep } from './policy-path.ts';

/** The constraints of a CA certificate on the certificates below it. */
export interface IssuerConstraints extends PolicyStep {
  /** The subject of the CA as text. */
  readonly name: string;
  readonly subjectDer: Uint8Array;
  readonly isCa: boolean;
  readonly maySignCertificates: boolean;
  readonly pathLenConstraint: number | null;
  readonly nameConstraints: NameConstraints | null;
  /** Dotted OIDs; null if all are allowed. */
  readonly extendedKeyUsages: readonly string[] | null;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

/** Constraints already read: every issuance needs those of the authorities in memory. */
const known = new WeakMap<Certificate, IssuerConstraints>();

/**
 * Reads the constraints of a CA certificate.
 * @throws SignetError constraint-violated if a constraint cannot be enforced
 */
export function readIssuerConstraints(certificate: Certificate): IssuerConstraints {
  const read = known.get(certificate) ?? readAll(certificate);
  known.set(certificate, read);
  return read;
}

function readAll(certificate: Certificate): IssuerConstraints {
  const { extensions, subjectDer, notBeforeSeconds, notAfterSeconds } = certificate;
  const name = formatName(subjectDer);
  try {
    const { ca, pathLenConstraint } = readBasicConstraints(extensions);
    return {
      name,
      subjectDer,
      isSelfIssued: isSelfIssued(certificate),
      isCa: ca,
      maySignCertificates: hasKeyUsage(extensions, 'keyCertSign'),
      pathLenConstraint,
      nameConstraints: readNameConstraints(extensions),
      extendedKeyUsages: readExtendedKeyUsages(extensions),
      ...readPolicyRules(extensions),
      notBeforeSeconds,
      notAfterSeconds,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it is malformed';
    throw new SignetError(
      'constraint-violated',
      `The authority "${name}" must not issue certificates: a constraint in its own certificate cannot be enforced (${reason}).`,
      { field: 'authority', cause: error },
    );
  }
}
