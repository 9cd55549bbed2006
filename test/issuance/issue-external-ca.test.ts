import { beforeAll, describe, expect, it } from 'vitest';
import type { Authority } from '../../src/authorities/authority.ts';
import { SignetError } from '../../src/errors.ts';
import { createExternalCaIssuer } from '../../src/issuance/issue-external-ca.ts';
import type { IssuedSubordinate } from '../../src/issuance/issue-subordinate.ts';
import { csrPem, keyPem } from '../fixtures.ts';
import { makeAuthority, NOW_MS } from './authority.ts';

let held: Authority;
let current: Authority;
beforeAll(async () => {
  held = await makeAuthority(keyPem('p-384'));
  current = await makeAuthority(keyPem('p-521'));
});

const ISSUED: IssuedSubordinate = {
  serialHex: 'a1',
  identifier: '00000000-0000-4000-8000-000000000000',
  certificateDer: new Uint8Array(),
  chainDer: [],
  notBeforeSeconds: 0,
  notAfterSeconds: 1,
};
const OVER = new SignetError('authority-unavailable', 'The authority has changed.');

/** Which authorities were asked to sign, and what came of it. */
async function issue(reopened: () => Authority, works: (authority: Authority) => unknown) {
  const asked: Authority[] = [];
  const outcome = await createExternalCaIssuer({
    store: {
      findInstance: async (id) => ({
        id,
        accountId: 'root',
        authorityId: 'default',
        state: 'BUY',
        maxValidityDays: 1,
        maxPathLength: 0,
        certificate: null,
        createdAtMs: NOW_MS,
        usedAtMs: null,
      }),
    },
    openAuthority: async () => held,
    reopenAuthority: async () => reopened(),
    async issueSubordinate({ authority }) {
      asked.push(authority);
      const error = works(authority);
      if (error !== null) throw error;
      return ISSUED;
    },
    clock: () => NOW_MS,
  })({
    instanceId: 'cas_deposit-cn-1234abcd',
    csr: csrPem('p-256-sha256'),
    validity: '1d',
    subject: null,
    pathLenConstraint: null,
    extendedKeyUsages: null,
    principal: { accountId: 'root', actor: 'root-key', grant: null },
    nonce: { accessKeyId: 'root-key', nonce: 'n', requestId: 'a-request', usedAtSeconds: 1 },
    request: { requestId: 'a-request', remoteAddress: null, country: null },
  }).catch((error: unknown) => error);
  return { asked, outcome };
}

describe('createExternalCaIssuer', () => {
  it('signs with the authority as it is by now, where the one it held is over', async () => {
    const { asked, outcome } = await issue(
      () => current,
      (authority) => (authority === held ? OVER : null),
    );
    expect(asked).toEqual([held, current]);
    expect(outcome).toEqual(ISSUED);
  });

  it('does so once, and only where the authority is another', async () => {
    expect(
      (
        await issue(
          () => current,
          () => OVER,
        )
      ).asked,
    ).toHaveLength(2);
    const same = await issue(
      () => ({ ...held }),
      () => OVER,
    );
    expect(same).toEqual({ asked: [held], outcome: OVER });
    const refused = new SignetError('invalid-subject', 'No.');
    expect(
      (
        await issue(
          () => current,
          () => refused,
        )
      ).asked,
    ).toEqual([held]);
  });
});
