import { describe, expect, it } from 'vitest';
import { OID } from '../../../src/asn1/oids.ts';
import { parsePem } from '../../../src/asn1/pem.ts';
import { SignetError } from '../../../src/errors.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { readExtendedKeyUsages } from '../../../src/x509/certificate/extended-key-usages.ts';
import { readBasicConstraints } from '../../../src/x509/certificate/extensions.ts';
import { parseSubjectAltName } from '../../../src/x509/names/general-names.ts';
import { checkIssuance, type IssuanceSubject } from '../../../src/x509/path/chain-constraints.ts';
import { readNameConstraints } from '../../../src/x509/path/name-constraints.ts';

/**
 * test/fixtures/make-chains.sh makes these; test/interop/chain-fixtures.test.ts runs other tools on
 * them.
 */
const files = import.meta.glob<string>('../../fixtures/chains/*/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Root first, leaf last. Some chains have no upper. */
const NAMES = ['root', 'upper', 'sub', 'leaf'] as const;

function read(chain: string): Certificate[] {
  return NAMES.flatMap((name) => {
    const [block] = parsePem(files[`../../fixtures/chains/${chain}/${name}.pem`] ?? '');
    return block === undefined ? [] : [parseCertificate(block.der)];
  });
}

/** Returns the input of checkIssuance that would produce the certificate. */
function toSubject({ extensions, ...certificate }: Certificate): IssuanceSubject {
  const names = extensions.get(OID.subjectAltName);
  const { ca, pathLenConstraint } = readBasicConstraints(extensions);
  return {
    subjectDer: certificate.subjectDer,
    subjectAltNames: names === undefined ? [] : parseSubjectAltName(names.valueDer),
    isCa: ca,
    pathLenConstraint,
    extendedKeyUsages: readExtendedKeyUsages(extensions),
    policies: null,
    nameConstraints: readNameConstraints(extensions),
    notBeforeSeconds: certificate.notBeforeSeconds,
    notAfterSeconds: certificate.notAfterSeconds,
  };
}

/** Returns the field that breaks a constraint, or "accepted". */
function judge(issuers: readonly Certificate[], certificate: Certificate): string {
  try {
    checkIssuance(issuers, toSubject(certificate));
    return 'accepted';
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'constraint-violated') throw error;
    return String(error.field);
  }
}

/** Verdicts for each certificate below the root, the leaf last. */
const VERDICTS: Readonly<Record<string, readonly string[]>> = {
  valid: ['accepted', 'accepted'],
  'valid-deeper': ['accepted', 'accepted', 'accepted'],
  'path-length': ['accepted', 'pathLenConstraint', 'pathLenConstraint'],
  'path-length-of-root': ['pathLenConstraint', 'pathLenConstraint'],
  'name-constraints': ['accepted', 'subjectAltName'],
  'extended-key-usage-of-parent': ['accepted', 'extendedKeyUsages'],
  // No CA limits the usage of this leaf. Only its users refuse it.
  'extended-key-usage-of-leaf': ['accepted', 'accepted'],
  'expired-parent': ['accepted', 'validity'],
  // A chain does not show revocations; issuance checks them in the database.
  'revoked-parent': ['accepted', 'accepted'],
};

describe('checkIssuance and the chain fixtures', () => {
  it('have a verdict for every chain', () => {
    const chains = new Set(Object.keys(files).map((path) => path.split('/').at(-2)));
    expect([...chains].sort()).toEqual(Object.keys(VERDICTS).sort());
  });

  it.each(Object.entries(VERDICTS))('agree on %s', (chain, verdicts) => {
    const certificates = read(chain);
    const below = certificates.slice(1);
    expect(
      below.map((certificate, depth) =>
        judge(certificates.slice(0, depth + 1).reverse(), certificate),
      ),
    ).toEqual(verdicts);
  });
});
