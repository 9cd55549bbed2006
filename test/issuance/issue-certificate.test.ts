import { beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/authorities/authority.ts';
import { SignetError } from '../../src/errors.ts';
import { decodeCsr } from '../../src/x509/certificate/csr.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeRoot } from './authority.ts';
import { makeIssuer, makeRequest, makeStore } from './issuer.ts';

const CSR_DER = decodeCsr(csrPem('p-256-sha256'));

let held: Authority;
let renewed: Authority;
beforeAll(async () => {
  held = await makeRoot(keyPem('p-384'));
  renewed = await makeRoot(keyPem('p-384'), { days: 4000 });
});

const disabled = (): Authority => ({
  ...held,
  state: 'disabled',
  signing: { refusal: new SignetError('authority-unavailable', 'It is disabled.') },
});

describe('createIssue', () => {
  it('signs with the current authority if it was changed meanwhile', async () => {
    const store = makeStore(['authority-changed']);
    await makeIssuer(store, held, { reopenAuthority: async () => renewed })(makeRequest(CSR_DER));
    expect(store.commits.map((commit) => commit.issuerChainSha256Hex)).toEqual([
      held.certificateSha256Hex,
      renewed.certificateSha256Hex,
    ]);
  });

  it('tries again only once', async () => {
    const store = makeStore(Array.from({ length: 9 }, () => 'authority-changed' as const));
    const issue = makeIssuer(store, held, { reopenAuthority: async () => renewed });
    await expect(issue(makeRequest(CSR_DER))).rejects.toMatchObject({
      code: 'authority-unavailable',
    });
    expect(store.commits).toHaveLength(2);
  });

  it('signs if the authority is enabled again', async () => {
    const store = makeStore();
    await makeIssuer(store, disabled(), { reopenAuthority: async () => held })(
      makeRequest(CSR_DER),
    );
    expect(store.commits).toHaveLength(1);
  });

  it('gives the reason of the current authority', async () => {
    const store = makeStore(['authority-changed']);
    const issue = makeIssuer(store, held, { reopenAuthority: async () => disabled() });
    await expect(issue(makeRequest(CSR_DER))).rejects.toThrow('It is disabled.');
  });

  it('does not try again if the authority is the same', async () => {
    const store = makeStore(['authority-changed']);
    const issue = makeIssuer(store, held, { reopenAuthority: async () => ({ ...held }) });
    await expect(issue(makeRequest(CSR_DER))).rejects.toMatchObject({
      code: 'authority-unavailable',
    });
    expect(store.commits).toHaveLength(1);
  });

  it('does not try again after another refusal', async () => {
    const store = makeStore(['key-blocked']);
    const reopenAuthority = async () => expect.unreachable();
    const issue = makeIssuer(store, held, { reopenAuthority });
    await expect(issue(makeRequest(CSR_DER))).rejects.toMatchObject({ code: 'key-compromised' });
  });

  it('issues only by authorities of the caller’s account and of the account root', async () => {
    const principal = { accountId: 'acct-1', actor: 'ak-1', grant: null, policyId: null };
    const request = makeRequest(CSR_DER, { principal });
    for (const accountId of ['root', 'acct-1']) {
      await makeIssuer(makeStore(), { ...held, accountId })(request);
    }
    const foreign = makeIssuer(makeStore(), { ...held, accountId: 'acct-2' });
    await expect(foreign(request)).rejects.toMatchObject({ code: 'authority-not-found' });
    await foreign(makeRequest(CSR_DER));
  });
});
