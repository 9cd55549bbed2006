import { describe, expect, it } from 'vitest';
import { SignetError } from '../../src/errors.ts';
import { createLeafPreview } from '../../src/issuance/issue-leaf.ts';
import { createPreview, type PreviewDependencies } from '../../src/issuance/preview-certificate.ts';
import { BUILT_IN_PROFILES } from '../../src/issuance/profiles.ts';
import type { IssuanceConditions, IssuanceRefusal } from '../../src/issuance/store.ts';
import { UNBOUNDED } from '../../src/policy/bounds.ts';
import { decodeCsr } from '../../src/x509/certificate/csr.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeRoot, NOW_MS, PUBLICATION_URL } from './authority.ts';
import { makeRequest } from './issuer.ts';

const REQUEST = makeRequest(decodeCsr(csrPem('p-384')));

/** A preview whose store answers with `refusals`, one after the other, and then with null. */
async function open(
  refusals: readonly IssuanceRefusal[],
  overrides: Partial<PreviewDependencies> = {},
) {
  const authority = await makeRoot(keyPem('p-256'));
  const asked: IssuanceConditions[] = [];
  const preview = createPreview({
    clock: () => NOW_MS,
    openAuthority: async () => authority,
    openBounds: UNBOUNDED,
    reopenAuthority: async (held) => held,
    store: { findRefusal: async (conditions) => refusals[asked.push(conditions) - 1] ?? null },
    publicationUrl: PUBLICATION_URL,
    findPartition: async () => 7,
    ...overrides,
  });
  return { authority, asked, preview: createLeafPreview(preview, BUILT_IN_PROFILES) };
}

describe('previewing a certificate', () => {
  it('encodes what would be signed, with the URLs of the next partition', async () => {
    const { authority, asked, preview } = await open([]);
    const { authorityId, content, draft } = await preview(REQUEST);
    expect(authorityId).toBe(authority.generationId);
    expect(content.notAfterSeconds).toBe(draft.notAfterSeconds);
    expect(content.subjectDer).toEqual(draft.subjectDer);
    expect(new TextDecoder().decode(content.tbsDer)).toContain(
      `${PUBLICATION_URL}/crl/${authority.generationId}/7.crl`,
    );
    expect(asked).toMatchObject([
      { issuerChainSha256Hex: authority.chainSha256Hex, uniqueSubject: null, isCa: false },
    ]);
  });

  it.each<[IssuanceRefusal, string]>([
    ['key-blocked', 'key-compromised'],
    ['key-of-authority', 'weak-key'],
    ['name-of-ca', 'invalid-subject'],
    ['subject-held', 'subject-already-certified'],
    ['authority-changed', 'authority-unavailable'],
  ])('throws for %s what issuing throws', async (refusal, code) => {
    const { preview } = await open([refusal]);
    await expect(preview(REQUEST)).rejects.toMatchObject({ code });
  });

  it('asks again with the policies as they are now', async () => {
    const { asked, preview } = await open(['policy-changed']);
    await preview(REQUEST);
    expect(asked).toHaveLength(2);
  });

  it('asks again with the authority as it is now', async () => {
    const { authority, asked, preview } = await open(['authority-changed'], {
      reopenAuthority: async (held) => ({ ...held, chainSha256Hex: 'another' }),
    });
    await preview(REQUEST);
    expect(asked.map(({ issuerChainSha256Hex }) => issuerChainSha256Hex)).toEqual([
      authority.chainSha256Hex,
      'another',
    ]);
  });

  it('does not ask the record about what the last gate refuses', async () => {
    const { asked, preview } = await open([]);
    const weak = makeRequest(decodeCsr(csrPem('rejected-rsa-1024')));
    await expect(preview(weak)).rejects.toThrow(SignetError);
    expect(asked).toEqual([]);
  });
});
