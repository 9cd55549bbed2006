import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { EXTENDED_KEY_USAGE_OID, OID } from '../../src/asn1/oids.ts';
import { SignetError } from '../../src/errors.ts';
import type { Certificate } from '../../src/x509/certificate/certificate.ts';
import { ANY_POLICY } from '../../src/x509/certificate/certificate-policies.ts';
import { encodeExtension } from '../../src/x509/certificate/extensions.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { checkIssuance, type IssuanceSubject } from '../../src/x509/path/chain-constraints.ts';
import {
  makeCertificate,
  makeKey,
  type TestAuthority,
  type TestKey,
  toPem,
} from './certificate-maker.ts';
import {
  POLICIES,
  type RandomAuthority,
  type RandomHierarchy,
  type RandomSubject,
  randomHierarchy,
} from './random-hierarchy.ts';
import { requireTool, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

const BEGIN_SECONDS = Date.UTC(2030, 0, 1) / 1000;
const DAY_SECONDS = 86400;
const NUMBER_OF_HIERARCHIES = 25;

const PURPOSES: ReadonlyMap<string, string> = new Map([
  [EXTENDED_KEY_USAGE_OID.serverAuth, 'sslserver'],
  [EXTENDED_KEY_USAGE_OID.clientAuth, 'sslclient'],
  [EXTENDED_KEY_USAGE_OID.emailProtection, 'smimesign'],
]);

function toSubject(random: RandomSubject, number: number): IssuanceSubject {
  const commonName = random.commonName === 'CA' ? `CA ${number}` : random.commonName;
  return {
    ...random,
    subjectDer: encodeNameFromText(`CN=${commonName}${random.organization}`),
    isCa: false,
    pathLenConstraint: null,
    nameConstraints: null,
    notBeforeSeconds: BEGIN_SECONDS + random.beginDay * DAY_SECONDS,
    notAfterSeconds: BEGIN_SECONDS + random.endDay * DAY_SECONDS,
  };
}

function toAuthority(random: RandomAuthority, number: number): IssuanceSubject {
  const { pathLenConstraint, nameConstraints } = random;
  return { ...toSubject(random, number), isCa: true, pathLenConstraint, nameConstraints };
}

function encodePolicyRules(random: RandomAuthority): Uint8Array[] {
  const { requireExplicitPolicy: explicit, inhibitAnyPolicy: inhibit } = random;
  return [
    ...(explicit === null
      ? []
      : [encodeExtension(OID.policyConstraints, true, Uint8Array.of(0x30, 3, 0x80, 1, explicit))]),
    ...(inhibit === null
      ? []
      : [encodeExtension(OID.inhibitAnyPolicy, true, Uint8Array.of(2, 1, inhibit))]),
  ];
}

/** Returns why checkIssuance refuses the certificate, or null. */
function findRefusal(chain: readonly Certificate[], subject: IssuanceSubject): string | null {
  try {
    checkIssuance(chain, subject);
    return null;
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'constraint-violated') throw error;
    return error.message;
  }
}

/** Cases in which the project is deliberately stricter than openssl; its modules give the reasons. */
const STRICTER_THAN_OPENSSL =
  /the path length \d+ is too large|"\*\.|request at least one|(any|codeSigning) is not among|the policy |inhibitAnyPolicy|requireExplicitPolicy/;

describe.skipIf(openssl.missing)(openssl.title('checkIssuance and openssl verify'), () => {
  const work = makeWorkDirectory();
  const keys = Array.from({ length: 6 }, makeKey);
  const spareKey = makeKey();
  const count = { issued: 0, refused: 0, refusedByBoth: 0 };

  afterAll(() => work.remove());

  /** Returns openssl's objections to the first certificate, at its first and last second, per purpose. */
  function findObjection(
    [end, ...chain]: readonly Certificate[],
    extendedKeyUsages: readonly string[] | null,
    { notBeforeSeconds, notAfterSeconds }: IssuanceSubject,
    flags: readonly string[] = ['-policy', ANY_POLICY],
  ): string | null {
    if (end === undefined) throw new Error('no certificate to verify');
    const files = [
      ...['-CAfile', work.write('root.pem', toPem(...chain.slice(-1)))],
      ...['-untrusted', work.write('chain.pem', toPem(...chain))],
      work.write('end.pem', toPem(end)),
    ];
    const purposes = (extendedKeyUsages ?? []).flatMap((usage) => PURPOSES.get(usage) ?? []);
    const [purpose, ...others] = purposes.map((name) => ['-purpose', name]);
    const checks = [
      // In the second of notAfter openssl considers a certificate expired.
      ['-attime', `${notAfterSeconds - 1}`, ...(purpose ?? [])],
      ...(others.length > 0 ? others : [[]]).map((other) => [
        ...['-attime', `${notBeforeSeconds}`, ...other],
      ]),
    ];
    for (const check of checks) {
      const args = ['verify', '-x509_strict', ...flags, ...check, ...files];
      const { code, stderr } = tryRun('openssl', args);
      if (code !== 0) return `${check.join(' ')}: ${stderr}`;
    }
    return null;
  }

  /** Issues a leaf without names below a CA, even a refused one, and verifies it with openssl. */
  function objectToAuthority(
    issuers: readonly TestAuthority[],
    subject: IssuanceSubject,
    key: TestKey,
  ): string | null {
    const [issuer] = issuers;
    if (issuer === undefined) throw new Error('no issuer');
    // A CA's own constraints concern certificates below it, so the leaf must satisfy them.
    const certificate = makeCertificate(issuer, key, { ...subject, nameConstraints: null });
    const probe: IssuanceSubject = {
      ...subject,
      subjectAltNames: [],
      // If anyPolicy ends with the CA, the leaf names the policies explicitly.
      policies: subject.policies?.includes(ANY_POLICY)
        ? POLICIES.filter((policy) => policy !== ANY_POLICY)
        : subject.policies,
      isCa: false,
      pathLenConstraint: null,
      subjectDer: appendCommonName(subject.subjectDer),
    };
    const leaf = makeCertificate({ key, certificate }, spareKey, probe);
    const chain = [leaf, certificate, ...issuers.map(({ certificate }) => certificate)];
    return (
      findObjection(chain, subject.extendedKeyUsages, subject) ??
      findObjection(chain.slice(1), null, subject, [])
    );
  }

  function judge(refusal: string | null, objection: string | null, what: unknown): void {
    if (refusal === null) {
      count.issued++;
      expect(objection, JSON.stringify(what)).toBeNull();
      return;
    }
    count.refused++;
    if (objection !== null) count.refusedByBoth++;
    else expect(refusal).toMatch(STRICTER_THAN_OPENSSL);
  }

  function checkHierarchy({ root, authorities, leaves }: RandomHierarchy): void {
    const [rootKey = makeKey(), ...otherKeys] = keys;
    const rootSubject = { ...toAuthority(root, 0), subjectAltNames: [] };
    const certificate = makeCertificate(null, rootKey, rootSubject, encodePolicyRules(root));
    const issuers: TestAuthority[] = [{ key: rootKey, certificate }];
    for (const [index, random] of authorities.entries()) {
      const key = otherKeys[index] ?? makeKey();
      const subject = toAuthority(random, index + 1);
      const rules = encodePolicyRules(random);
      const chain = issuers.map(({ certificate }) => certificate);
      const refusal = findRefusal(chain, subject);
      judge(refusal, objectToAuthority(issuers, subject, key), { refusal, random });
      const [issuer] = issuers;
      if (refusal !== null || issuer === undefined) continue;
      issuers.unshift({ key, certificate: makeCertificate(issuer, key, subject, rules) });
    }
    const [issuer] = issuers;
    if (issuer === undefined) return;
    const chain = issuers.map(({ certificate }) => certificate);
    for (const random of leaves) {
      const subject = toSubject(random, 0);
      const end = makeCertificate(issuer, spareKey, subject);
      const objection = findObjection([end, ...chain], subject.extendedKeyUsages, subject);
      judge(findRefusal(chain, subject), objection, random);
    }
  }

  it('agree on random hierarchies', () => {
    fc.assert(fc.property(randomHierarchy, checkHierarchy), {
      numRuns: NUMBER_OF_HIERARCHIES,
      endOnFailure: true,
    });
    // A run in which all were refused, or none, would test nothing.
    expect(count.issued).toBeGreaterThan(NUMBER_OF_HIERARCHIES / 2);
    expect(count.refusedByBoth).toBeGreaterThan(NUMBER_OF_HIERARCHIES / 2);
  });
});

/** Appends the RDN CN=Probe to a name, which keeps the name in every subtree that it is in. */
function appendCommonName(nameDer: Uint8Array): Uint8Array {
  const probe = encodeNameFromText('CN=Probe');
  const content = Buffer.concat([nameDer.subarray(2), probe.subarray(2)]);
  return Uint8Array.of(0x30, content.length, ...content);
}
