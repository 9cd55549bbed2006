import { array, description, type InferOutput, pipe } from 'valibot';
import type { AccessKey } from '../../../access/store.ts';
import {
  flag,
  moment,
  momentOrNull,
  NEXT,
  named,
  text,
  textOrNull,
  texts,
} from '../common/answer-fields.ts';
import { formatDateTimeMs, formatDateTimeOrNull } from '../common/date-time.ts';

const ANSWER_FIELDS = {
  id: text('`ak-` and 20 of A-Za-z0-9.'),
  accountId: text('Id of the account that it acts for.'),
  name: text('For people.'),
  scopes: texts('What it may do.'),
  policyId: textOrNull('Id of the policy that bounds its certificates; null for none.'),
  enabled: flag('Whether it may be used.'),
  expiresAt: momentOrNull('When it expires.'),
  createdAt: moment('When it was created.'),
  lastUsedAt: momentOrNull('When it was last used. Up to an hour late.'),
};

export const ACCESS_KEY = named('AccessKey', ANSWER_FIELDS);

export const NEW_ACCESS_KEY = named('NewAccessKey', {
  ...ANSWER_FIELDS,
  secret: text('40 of A-Za-z0-9. Shown only once.'),
});

export const ACCESS_KEYS = named('AccessKeys', {
  accessKeys: pipe(array(ACCESS_KEY), description('Sorted by id.')),
  next: NEXT,
});

export const EXAMPLE = {
  id: 'ak-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  name: 'ci',
  scopes: ['certificates:Issue', 'certificates:Read'],
  policyId: null,
  enabled: true,
  expiresAt: '2027-11-22T00:00:00Z',
  createdAt: '2026-11-22T04:36:45Z',
  lastUsedAt: null,
};

export function describe(accessKey: AccessKey): InferOutput<typeof ACCESS_KEY> {
  return {
    id: accessKey.id,
    accountId: accessKey.accountId,
    name: accessKey.name,
    scopes: [...accessKey.scopes],
    policyId: accessKey.policyId,
    enabled: accessKey.enabled,
    expiresAt: formatDateTimeOrNull(accessKey.expiresAtSeconds),
    createdAt: formatDateTimeMs(accessKey.createdAtMs),
    lastUsedAt: formatDateTimeOrNull(accessKey.lastUsedAtSeconds),
  };
}
