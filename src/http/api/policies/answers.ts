import {
  array,
  boolean,
  description,
  type InferOutput,
  integer,
  literal,
  nullable,
  number,
  object,
  picklist,
  pipe,
  record,
  string,
  union,
} from 'valibot';
import type { Policy, PolicyRules } from '../../../policy/policy.ts';
import { flag, moment, NEXT, named, text, whole } from '../common/answer-fields.ts';
import { formatDateTimeMs } from '../common/date-time.ts';

const ANY = literal('any');
const ACME = picklist(['prove', 'pre-authorized']);
const LIMIT = nullable(pipe(number(), integer()));

const RULES = named('PolicyRules', {
  authorities: pipe(union([ANY, array(string())]), description('Ids of authorities.')),
  profiles: pipe(union([ANY, array(string())]), description('Names of profiles.')),
  issues: pipe(array(picklist(['leaf', 'ca'])), description('Kinds of certificates.')),
  dnsNames: union([
    ANY,
    array(
      object({
        name: string(),
        match: picklist(['exact', 'one-label', 'any-depth']),
        wildcards: boolean(),
        acme: ACME,
      }),
    ),
  ]),
  ipRanges: union([ANY, array(object({ range: string(), acme: ACME }))]),
  emailDomains: pipe(
    union([ANY, array(string())]),
    description('Domains; with a dot before it, every domain below it.'),
  ),
  uriPrefixes: union([ANY, array(string())]),
  subject: pipe(
    union([ANY, record(string(), union([ANY, array(string())]))]),
    description('Permitted values by attribute, such as `O`.'),
  ),
  maxValiditySeconds: LIMIT,
  maxValidCertificates: LIMIT,
});

export const POLICY = named('Policy', {
  id: text('`pol-` and 12 of a-z0-9.'),
  accountId: text('Id of the account that owns it.'),
  name: text('For people, and in refusals.'),
  rules: pipe(RULES, description('All rules, with the defaults filled in.')),
  revision: whole('Rises with each change, from 1 on.'),
  createdAt: moment('When it was created.'),
  updatedAt: moment('When it was last changed.'),
});

export const POLICIES = named('Policies', {
  policies: pipe(array(POLICY), description('Sorted by id.')),
  next: NEXT,
});

export const EVALUATION = named('PolicyEvaluation', {
  permitted: flag('Whether the policy permits the certificate. Other policies may refuse it.'),
  findings: pipe(
    array(
      object({
        rule: text('The rule that refuses.'),
        name: text('What it refuses.'),
        reason: text('Why.'),
      }),
    ),
    description('Every reason to refuse it.'),
  ),
  names: pipe(
    array(
      object({
        kind: text('`dns`, `ip`, `email` or `uri`.'),
        name: text('The alternative name.'),
        permitted: flag('Whether the policy permits the name.'),
        acme: pipe(
          nullable(ACME),
          description('What ACME asks for the name; null if it cannot be ordered.'),
        ),
      }),
    ),
    description('What the policy says about each alternative name.'),
  ),
});
export type EvaluationAnswer = InferOutput<typeof EVALUATION>;

export const EXAMPLE = {
  id: 'pol-8h2k1x9s0d3f',
  accountId: 'acct-x31v0m8q2c7k',
  name: 'web servers',
  rules: {
    authorities: 'any',
    profiles: ['tls-server'],
    issues: ['leaf'],
    dnsNames: [{ name: 'internal', match: 'any-depth', wildcards: false, acme: 'pre-authorized' }],
    ipRanges: [{ range: '10.0.0.0/8', acme: 'prove' }],
    emailDomains: [],
    uriPrefixes: [],
    subject: {},
    maxValiditySeconds: 2_592_000,
    maxValidCertificates: null,
  },
  revision: 1,
  createdAt: '2026-11-22T04:36:45Z',
  updatedAt: '2026-11-22T04:36:45Z',
} satisfies InferOutput<typeof POLICY>;

type PolicyAnswer = Omit<InferOutput<typeof POLICY>, 'rules'> & { readonly rules: PolicyRules };

export function describe({ createdAtMs, updatedAtMs, ...policy }: Policy): PolicyAnswer {
  return {
    ...policy,
    createdAt: formatDateTimeMs(createdAtMs),
    updatedAt: formatDateTimeMs(updatedAtMs),
  };
}
