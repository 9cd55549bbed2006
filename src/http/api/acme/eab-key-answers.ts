import { array, description, type InferOutput, pipe } from 'valibot';
import type { EabKey } from '../../../acme/eab-key-store.ts';
import { flag, moment, momentOrNull, NEXT, named, text } from '../common/answer-fields.ts';
import { formatDateTimeMs, formatDateTimeOrNull } from '../common/date-time.ts';

const ANSWER_FIELDS = {
  id: text('`eab-` and 20 of A-Za-z0-9: the key id (`kid`) for the ACME client.'),
  accountId: text('Id of the account that owns the certificates of the bound ACME accounts.'),
  name: text('For people.'),
  policyId: text('Id of the policy that bounds the certificates of the bound ACME accounts.'),
  singleUse: flag('Whether only one ACME account may be bound with it.'),
  enabled: flag('Whether it may be used, and the ACME accounts bound with it too.'),
  expiresAt: momentOrNull('When it expires, and the ACME accounts bound with it stop.'),
  createdAt: moment('When it was created.'),
};

export const EAB_KEY = named('EabKey', ANSWER_FIELDS);

export const NEW_EAB_KEY = named('NewEabKey', {
  ...ANSWER_FIELDS,
  macKey: text('The MAC key for the ACME client: 32 bytes in base64url. Shown only once.'),
});

export const EAB_KEYS = named('EabKeys', {
  eabKeys: pipe(array(EAB_KEY), description('Sorted by id.')),
  next: NEXT,
});

export const EXAMPLE = {
  id: 'eab-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  name: 'web servers',
  policyId: 'pol-8h2k1x9s0d3f',
  singleUse: false,
  enabled: true,
  expiresAt: null,
  createdAt: '2026-11-22T04:36:45Z',
};

export function describe(eabKey: EabKey): InferOutput<typeof EAB_KEY> {
  const { id, accountId, name, policyId, singleUse, enabled } = eabKey;
  return {
    id,
    accountId,
    name,
    policyId,
    singleUse,
    enabled,
    expiresAt: formatDateTimeOrNull(eabKey.expiresAtSeconds),
    createdAt: formatDateTimeMs(eabKey.createdAtMs),
  };
}
