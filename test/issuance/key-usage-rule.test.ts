import { describe, expect, it } from 'vitest';
import type { CertificateDraft } from '../../src/issuance/certificate-draft.ts';
import { requireFittingKeyUsages } from '../../src/issuance/key-usage-rule.ts';
import { chooseKeyUsages, classifyKey } from '../../src/issuance/key-usages.ts';
import { decodeCsr, parseCsr } from '../../src/x509/certificate/csr.ts';
import type { KeyUsageName } from '../../src/x509/certificate/extensions.ts';
import { csrPem } from '../fixtures.ts';

const keyOf = (name: string) => parseCsr(decodeCsr(csrPem(name))).publicKey;
const KEYS = {
  rsa: keyOf('rsa-2048-sha256'),
  'rsa-pss': keyOf('rsa-pss-2048'),
  ec: keyOf('p-256-sha256'),
  ed25519: keyOf('ed25519'),
};
const SIGN: readonly KeyUsageName[] = ['digitalSignature', 'nonRepudiation'];
/** RFC 3279 section 2.3.1, RFC 4055 section 1.2, RFC 8813 section 3, RFC 9295 section 3. */
const FITTING: Readonly<Record<keyof typeof KEYS, readonly KeyUsageName[]>> = {
  rsa: [...SIGN, 'keyEncipherment', 'dataEncipherment'],
  'rsa-pss': SIGN,
  ec: [...SIGN, 'keyAgreement'],
  ed25519: SIGN,
};
const OF_LEAVES: readonly KeyUsageName[] = [
  ...SIGN,
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
];
const OF_CAS: readonly KeyUsageName[] = ['keyCertSign', 'cRLSign'];

function check(
  name: keyof typeof KEYS,
  keyUsages: readonly KeyUsageName[],
  kind: CertificateDraft['kind'] = 'leaf',
) {
  return () => requireFittingKeyUsages({ draft: { kind, publicKey: KEYS[name], keyUsages } });
}

describe.each(['rsa', 'rsa-pss', 'ec', 'ed25519'] as const)('a leaf with a key %s', (name) => {
  it.each(OF_LEAVES)('has %s only if its algorithm supports it', (usage) => {
    const attempt = check(name, ['digitalSignature', usage]);
    if (FITTING[name].includes(usage)) return expect(attempt).not.toThrow();
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'constraint-violated',
        field: 'keyUsages',
        message: expect.stringContaining(usage),
      }),
    );
  });

  it.each(OF_CAS)('has no %s', (usage) => {
    expect(check(name, ['digitalSignature', usage])).toThrow(/of a CA/);
    expect(check(name, [usage], 'ocsp-responder')).toThrow(/of a CA/);
  });

  it('has at least one usage', () => {
    expect(check(name, [])).toThrow(/no key usage/);
  });

  it('gets usages that fit if it states none', () => {
    const keyClass = classifyKey(KEYS[name]);
    expect(keyClass).toBe(name);
    for (const usages of [null, ['1.3.6.1.5.5.7.3.1'], ['1.3.6.1.5.5.7.3.2']]) {
      expect(check(name, chooseKeyUsages(keyClass, usages))).not.toThrow();
    }
  });
});

describe('a CA', () => {
  it('has keyCertSign', () => {
    for (const kind of ['ca', 'cross'] as const) {
      expect(check('ec', ['digitalSignature', 'cRLSign'], kind)).toThrow(/keyCertSign/);
      expect(check('ec', ['digitalSignature', ...OF_CAS], kind)).not.toThrow();
    }
  });

  it('has no usage that its algorithm does not support', () => {
    expect(check('ec', ['keyEncipherment', ...OF_CAS], 'ca')).toThrow(/keyEncipherment/);
    expect(check('rsa', ['keyAgreement', ...OF_CAS], 'ca')).toThrow(/keyAgreement/);
  });
});
