import {
  exactOptional,
  type InferOutput,
  integer,
  number,
  picklist,
  pipe,
  strictObject,
} from 'valibot';
import { encodeSequence } from '../../../asn1/der.ts';
import { DEFAULT_AUTHORITY_ID } from '../../../authorities/default-authority.ts';
import { requireAccess } from '../../../issuance/access-rule.ts';
import { checkCertificateRequest, deriveNames } from '../../../issuance/check-request.ts';
import { DEFAULT_PROFILE } from '../../../issuance/profiles.ts';
import type { CertificateFacts } from '../../../policy/facts.ts';
import { judgeName } from '../../../policy/judge-name.ts';
import { decodeCsr, parseCsr } from '../../../x509/certificate/csr.ts';
import { listAttributes } from '../../../x509/names/names.ts';
import { type AuthorizedContext, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, jsonBody, jsonForm } from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import { NAME_NOTES, NAME_SCHEMAS, readStatedNames } from '../common/stated-names.ts';
import { EVALUATION, type EvaluationAnswer } from './answers.ts';

const SECONDS_FORM = 'a whole number of seconds';

const EVALUATION_REQUEST = strictObject({
  csr: exactOptional(TEXT),
  ...NAME_SCHEMAS,
  kind: exactOptional(picklist(['leaf', 'ca'], "'leaf' or 'ca'"), 'leaf'),
  authority: exactOptional(TEXT, DEFAULT_AUTHORITY_ID),
  profile: exactOptional(TEXT, DEFAULT_PROFILE),
  validitySeconds: exactOptional(pipe(number(SECONDS_FORM), integer(SECONDS_FORM))),
});

const evaluatePolicy = defineEndpoint({
  id: 'evaluatePolicy',
  method: 'POST',
  path: '/api/v1/policies/:id/evaluate',
  caller: 'policies:Read',
  tag: 'Policies',
  summary: 'Evaluate a policy',
  description:
    'Says whether the policy would permit a certificate, and why not. Nothing is issued. Only this policy is asked, and its number of valid certificates is not counted.',
  params: { id: 'Id of the policy.' },
  request: jsonBody(
    jsonForm(
      'A certificate',
      EVALUATION_REQUEST,
      {
        csr: 'A CSR in PEM, for its subject and names.',
        ...NAME_NOTES,
        kind: '`leaf` (the default) or `ca`.',
        authority: 'Id of the authority that would issue. Default: `default`.',
        profile: 'Name of the profile of a leaf. Default: `tls-server-client`.',
        validitySeconds:
          'The validity. Default: that of the profile; the validity of a CA is not judged then.',
      },
      { profile: 'tls-server', names: { dns: ['db.internal', 'www.example.com'] } },
    ),
  ),
  answers: {
    200: jsonAnswer('What the policy says.', EVALUATION, {
      permitted: false,
      findings: [{ rule: 'dnsNames', name: 'www.example.com', reason: 'is permitted by no rule' }],
      names: [
        { kind: 'dns', name: 'db.internal', permitted: true, acme: 'pre-authorized' },
        { kind: 'dns', name: 'www.example.com', permitted: false, acme: null },
      ],
    }),
  },
  errors: [
    'policy-not-found',
    'authority-not-found',
    'invalid-parameter',
    'malformed-csr',
    'csr-signature-invalid',
    'unsupported-algorithm',
    'weak-key',
    'invalid-subject',
    'invalid-subject-alt-name',
  ],
  handle: async (c) => {
    const request = await readJsonBody(c, EVALUATION_REQUEST);
    const { policies, checkGrant } = c.get('services');
    await checkGrant(c.get('principal'));
    const facts = await gatherFacts(c, request);
    const evaluation = await policies.evaluate(c.get('principal'), c.req.param('id'), facts);
    const { policy, findings, acme } = evaluation;
    const permitted = findings.length === 0;
    note(c, `evaluated ${policy.id}: ${permitted ? 'permitted' : 'refused'}`);
    const answer: EvaluationAnswer = {
      permitted,
      findings: [...findings],
      names: facts.names.map(({ kind, value }) => ({
        kind,
        name: value,
        permitted: judgeName(policy.rules, { kind, value }) === null,
        acme: acme.find((each) => each.type === kind && each.value === value)?.proof ?? null,
      })),
    };
    return c.json(answer);
  },
});

type EvaluationRequest = InferOutput<typeof EVALUATION_REQUEST>;

async function gatherFacts(
  c: AuthorizedContext,
  request: EvaluationRequest,
): Promise<CertificateFacts> {
  const { config, openCurrentAuthority } = c.get('services');
  const { kind, profile, validitySeconds } = request;
  const authority = await openCurrentAuthority(request.authority);
  requireAccess(authority.accountId, authority.lineageId, c.get('principal'));
  const ofProfile = (authority.profiles ?? config.profiles).get(profile)?.validitySeconds;
  const { subjectDer, subjectAltNames } = await readNames(request);
  return {
    authorityId: authority.lineageId,
    kind,
    profile: kind === 'leaf' ? profile : null,
    subject: listAttributes(subjectDer),
    names: subjectAltNames,
    validitySeconds: validitySeconds ?? (kind === 'leaf' ? (ofProfile ?? 0) : 0),
  };
}

/** As for a certificate: see draftLeaf. */
async function readNames(request: EvaluationRequest) {
  const stated = readStatedNames(request);
  if (request.csr !== undefined) {
    return checkCertificateRequest(parseCsr(decodeCsr(request.csr)), stated);
  }
  const subjectDer = stated.subjectDer ?? encodeSequence();
  const subjectAltNames = stated.subjectAltNames ?? [];
  return {
    subjectDer,
    subjectAltNames: subjectAltNames.length > 0 ? subjectAltNames : deriveNames(subjectDer),
  };
}

export const EVALUATION_ENDPOINTS: readonly Endpoint[] = [evaluatePolicy];
