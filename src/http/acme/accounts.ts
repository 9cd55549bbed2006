import type { AccountState } from '../../acme/account.ts';
import type { AccountCall } from '../../acme/call.ts';
import { JSON_OR_NO_PAYLOAD, JSON_PAYLOAD } from '../../acme/payload.ts';
import { SignetError } from '../../errors.ts';
import { type HttpContext, note } from '../context.ts';
import type { JsonObject } from '../json.ts';
import type { Route } from '../route.ts';
import { openAcmeAuthority, requiresBinding } from './directory.ts';
import { readFlattenedJws } from './read-jws.ts';
import { BY_ACCOUNT, BY_KEY, signedRoute } from './signed-route.ts';
import { accountUrl } from './urls.ts';

/** RFC 8555 section 7.3. */
const newAccount = signedRoute({
  path: 'new-account',
  signing: BY_KEY,
  readPayload: JSON_PAYLOAD,
  handle: async (c, call, payload) => {
    const authority = await openAcmeAuthority(c);
    const { acmeAccounts, config } = c.get('services');
    const { account, isNew } = await acmeAccounts.register(
      call,
      {
        contact: payload.contact,
        termsOfServiceAgreed: payload.termsOfServiceAgreed === true,
        onlyReturnExisting: payload.onlyReturnExisting === true,
        externalAccountBinding: readBindingField(payload),
      },
      {
        lineageId: authority.lineageId,
        ownerId: authority.accountId,
        requiresBinding: requiresBinding(authority),
        hasTerms: config.acmeTermsOfService !== null,
      },
    );
    note(c, `${isNew ? 'created' : 'found'} ${account.id}`);
    return answerAccount(c, account, isNew ? 201 : 200);
  },
});

/** Clients may send null for a field that they do not use. */
function readBindingField({ externalAccountBinding: value }: JsonObject) {
  if (value === undefined || value === null) return null;
  return readFlattenedJws(value, "'externalAccountBinding'");
}

/** Reads, changes or deactivates an account (RFC 8555 sections 7.3.2 and 7.3.6). */
const account = signedRoute({
  path: 'acct/:id',
  signing: BY_ACCOUNT,
  readPayload: JSON_OR_NO_PAYLOAD,
  handle: async (c, call, payload) => {
    requireOwn(c, call);
    return answerAccount(c, await changeAccount(c, call, payload ?? {}), 200);
  },
});

async function changeAccount(
  c: HttpContext,
  call: AccountCall,
  { status, contact }: JsonObject,
): Promise<AccountState> {
  const { acmeAccounts } = c.get('services');
  const { id } = call.account;
  if (status === 'deactivated') {
    note(c, `deactivated ${id}`);
    return acmeAccounts.deactivate(call);
  }
  // Other fields, and other values of status, are ignored (RFC 8555 section 7.3.2).
  if (contact === undefined || contact === null) {
    note(c, `read ${id}`);
    return acmeAccounts.find(call);
  }
  note(c, `updated ${id}`);
  return acmeAccounts.setContacts(call, contact);
}

/** RFC 8555 section 7.3.5. */
const keyChange = signedRoute({
  path: 'key-change',
  signing: BY_ACCOUNT,
  readPayload: JSON_PAYLOAD,
  handle: async (c, call, payload) => {
    const inner = readFlattenedJws(payload, 'The payload');
    const own = accountUrl(c, call.account.id);
    const changed = await c.get('services').acmeAccounts.changeKey(call, inner, own);
    note(c, `changed the key of ${changed.id}`);
    return answerAccount(c, changed, 200);
  },
});

/** An account of somebody else looks like none. @throws SignetError not-found */
export function requireOwn(c: HttpContext, { account: { id } }: AccountCall): void {
  if (c.req.param('id') === id) return;
  throw new SignetError('not-found', 'There is no such account, or it is not yours.');
}

function answerAccount(c: HttpContext, { id, status, contacts }: AccountState, code: 200 | 201) {
  const url = accountUrl(c, id);
  return c.json({ status, contact: contacts, orders: `${url}/orders` }, code, { Location: url });
}

export const ACCOUNT_ROUTES: readonly Route[] = [newAccount, account, keyChange];
