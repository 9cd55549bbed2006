import type { AuthorityDetails } from '../../../authorities/management.ts';
import { type AuthorizedContext, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer, PAGE_QUERY } from '../../endpoint.ts';
import {
  CERTIFICATE_FORM_CONTENT,
  CERTIFICATE_FORMS,
  sendForm,
} from '../certificates/certificate-forms.ts';
import { JSON_TYPE } from '../certificates/pem-or-json.ts';
import { chooseMediaType } from '../common/media-type.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import {
  AUTHORITIES,
  AUTHORITY_PARAMS,
  type AuthoritiesAnswer,
  type AuthorityAnswer,
  answerAuthority,
  SUMMARY_EXAMPLE,
} from './answers.ts';
import { describeAuthority, describeSummary } from './describe-authority.ts';

const LIST = 'authorities';
const ANSWER = answerAuthority('The authority with all its generations.');

const listAuthorities = defineEndpoint({
  id: 'listAuthorities',
  method: 'GET',
  path: '/api/v1/authorities',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'List authorities',
  query: PAGE_QUERY,
  answers: {
    200: jsonAnswer('A page.', AUTHORITIES, { authorities: [SUMMARY_EXAMPLE], next: null }),
  },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const { authorityManager } = c.get('services');
    const pageRequest = readPageRequest(c.get('url'), LIST);
    const page = await authorityManager.list(c.get('principal'), pageRequest);
    note(c, `listed ${page.items.length} authorities`);
    const answer: AuthoritiesAnswer = {
      authorities: page.items.map(describeSummary),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const getAuthority = defineEndpoint({
  id: 'getAuthority',
  method: 'GET',
  path: '/api/v1/authorities/:id',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Read an authority',
  description:
    'Returns JSON, or the certificate that signs now in the form that `Accept` prefers, as for `GET /api/v1/certificates/{serial}`.',
  params: AUTHORITY_PARAMS,
  answers: {
    200: {
      description: ANSWER.description,
      content: { ...ANSWER.content, ...CERTIFICATE_FORM_CONTENT },
    },
  },
  errors: ['authority-not-found', 'authority-unavailable'],
  handle: async (c) => {
    const { authorityManager, config } = c.get('services');
    const details = await authorityManager.find(c.get('principal'), c.req.param('id'));
    const { lineageId, certificateDer, chainDer } = details.current;
    note(c, `found ${lineageId}`);
    const form = chooseMediaType(c.req.raw, [JSON_TYPE, ...CERTIFICATE_FORMS]);
    const headers = { Vary: 'Accept' };
    // While it is pending, there is only JSON.
    if (form === JSON_TYPE || certificateDer === null) {
      return c.json(await describeAuthority(details, config.publicationUrl), 200, headers);
    }
    return sendForm(c, form, certificateDer, chainDer.slice(0, -1));
  },
});

/** @throws SignetError authority-not-found */
export async function readAuthority(c: AuthorizedContext, id: string): Promise<AuthorityAnswer> {
  const { authorityManager, config } = c.get('services');
  const details: AuthorityDetails = await authorityManager.find(c.get('principal'), id);
  return describeAuthority(details, config.publicationUrl);
}

export const READ_AUTHORITY_ENDPOINTS: readonly Endpoint[] = [listAuthorities, getAuthority];
