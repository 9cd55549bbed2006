import fc from 'fast-check';
import { EXTENDED_KEY_USAGE_OID } from '../../src/asn1/oids.ts';
import { ANY_POLICY } from '../../src/x509/certificate/certificate-policies.ts';
import { ANY_EXTENDED_KEY_USAGE } from '../../src/x509/certificate/extended-key-usages.ts';
import type { GeneralName } from '../../src/x509/names/general-names.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { parseSubtreeText, type Subtree } from '../../src/x509/path/name-constraint-forms.ts';
import type { NameConstraints } from '../../src/x509/path/name-constraints.ts';

/** A few names, so that random names often match random constraints. */

const HOSTS = ['example.com', 'www.example.com', 'a.example.com', 'x.a.example.com', 'example.org'];
const TEXTS = {
  dns: [...HOSTS, 'WWW.Example.Org', '*.example.com', '*.a.example.com'],
  ip: ['10.0.0.1', '10.1.2.3', '192.0.2.9', '2001:db8::1', '2001:db8:8000::1'],
  email: ['joe@example.com', 'Joe@example.com', 'ann@example.com', 'joe@a.example.com'],
  uri: ['https://example.com/', 'http://a.example.com:8080/x:y', 'https://example.org'],
} as const;
const BASES = {
  dns: ['example.com', '.example.com', 'a.example.com', 'example.org', ''],
  ip: ['10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '2001:db8::/33', '::/0'],
  email: ['example.com', '.example.com', 'joe@example.com', 'EXAMPLE.com'],
  uri: ['example.com', '.example.com'],
} as const;
const KINDS = ['dns', 'ip', 'email', 'uri'] as const;
export const POLICIES = ['1.3.6.1.4.1.32473.1.1', '1.3.6.1.4.1.32473.1.2', ANY_POLICY];
const { serverAuth, clientAuth, emailProtection, codeSigning } = EXTENDED_KEY_USAGE_OID;
const USAGES = [serverAuth, clientAuth, emailProtection, codeSigning, ANY_EXTENDED_KEY_USAGE];

/** Null in three of four cases, so that constraints do not forbid everything. */
const seldom = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

const textSubtree = fc
  .constantFrom(...KINDS)
  .chain((kind) =>
    fc.constantFrom<string>(...BASES[kind]).map((base) => parseSubtreeText(kind, base)),
  );
const directorySubtree = fc
  .constantFrom('O=Signet', 'O=SIGNET,C=DE', 'OU=A,O= signet,C=de')
  .map((text): Subtree => ({ kind: 'directory', nameDer: encodeNameFromText(text) }));
const subtree = fc.oneof(
  { weight: 8, arbitrary: textSubtree },
  { weight: 1, arbitrary: directorySubtree },
);

const nameConstraints: fc.Arbitrary<NameConstraints> = fc
  .record({
    permitted: fc.array(subtree, { maxLength: 3 }),
    excluded: fc.array(subtree, { maxLength: 1 }),
  })
  .filter(({ permitted, excluded }) => permitted.length + excluded.length > 0);

const usages = fc.uniqueArray(fc.constantFrom(...USAGES), { minLength: 1, maxLength: 3 });
const policies = fc.uniqueArray(fc.constantFrom(...POLICIES), { minLength: 1, maxLength: 2 });
const generalName: fc.Arbitrary<GeneralName> = fc
  .constantFrom(...KINDS)
  .chain((kind) => fc.constantFrom<string>(...TEXTS[kind]).map((value) => ({ kind, value })));

const common = {
  /** The RDNs before the common name, as text. */
  organization: fc.constantFrom(
    '',
    ',O=Signet',
    ',O=sigNET,C=DE',
    ',OU=A,O=Signet,C=DE',
    ',O=Other',
  ),
  extendedKeyUsages: seldom(usages),
  policies: seldom(policies),
  /** Days since a common start. */
  beginDay: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 5),
  endDay: fc.constantFrom(300, 300, 300, 300, 300, 300, 290, 310),
};

export interface RandomSubject {
  readonly organization: string;
  readonly commonName: string;
  readonly subjectAltNames: readonly GeneralName[];
  readonly extendedKeyUsages: readonly string[] | null;
  readonly policies: readonly string[] | null;
  readonly beginDay: number;
  readonly endDay: number;
}

export interface RandomAuthority extends RandomSubject {
  readonly pathLenConstraint: number | null;
  readonly nameConstraints: NameConstraints | null;
  readonly requireExplicitPolicy: number | null;
  readonly inhibitAnyPolicy: number | null;
}

const authority: fc.Arbitrary<RandomAuthority> = fc.record({
  ...common,
  commonName: fc.constant('CA'),
  subjectAltNames: fc.array(generalName, { maxLength: 1 }).filter(([name]) => name?.kind !== 'uri'),
  pathLenConstraint: seldom(fc.nat(3)),
  nameConstraints: fc.option(nameConstraints, { freq: 1 }),
  requireExplicitPolicy: seldom(seldom(fc.nat(2))),
  inhibitAnyPolicy: seldom(fc.nat(2)),
});

const leaf: fc.Arbitrary<RandomSubject> = fc.record({
  ...common,
  commonName: fc.constantFrom(
    'leaf',
    'leaf',
    'www.example.com',
    'www.example.net',
    'leaf,emailAddress=joe@example.com',
    'leaf,emailAddress=joe@example.net',
  ),
  subjectAltNames: fc.uniqueArray(generalName, { maxLength: 2, selector: ({ value }) => value }),
  extendedKeyUsages: fc.option(usages, { freq: 4 }),
});

export interface RandomHierarchy {
  readonly root: RandomAuthority;
  /** Each is a candidate below the last issued one. */
  readonly authorities: readonly RandomAuthority[];
  readonly leaves: readonly RandomSubject[];
}

export const randomHierarchy: fc.Arbitrary<RandomHierarchy> = fc.record({
  root: authority.map((root) => ({ ...root, beginDay: 0, endDay: 305 })),
  authorities: fc.array(authority, { maxLength: 4 }),
  leaves: fc.array(leaf, { minLength: 3, maxLength: 6 }),
});
