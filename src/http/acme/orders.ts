import type { OrderCursor } from '../../acme/orders/order-store.ts';
import { JSON_PAYLOAD, NO_PAYLOAD } from '../../acme/payload.ts';
import { SignetError } from '../../errors.ts';
import { type HttpContext, note } from '../context.ts';
import type { Route } from '../route.ts';
import { requireOwn } from './accounts.ts';
import { answerOrder } from './describe-order.ts';
import { openAcmeAuthority } from './directory.ts';
import { BY_ACCOUNT, signedRoute } from './signed-route.ts';
import { accountUrl, orderUrl, readParam } from './urls.ts';

/** RFC 8555 section 7.4. */
const newOrder = signedRoute({
  path: 'new-order',
  signing: BY_ACCOUNT,
  readPayload: JSON_PAYLOAD,
  handle: async (c, call, payload) => {
    const authority = await openAcmeAuthority(c);
    const { identifiers, notBefore, notAfter, profile, replaces } = payload;
    const wish = { identifiers, notBefore, notAfter, profile, replaces };
    const state = await c.get('services').acmeOrders.create(call, wish, authority);
    note(c, `created the order ${state.order.id} for ${state.order.identifiers.length} names`);
    return answerOrder(c, state, 201, call.nowSeconds);
  },
});

const order = signedRoute({
  path: 'order/:order',
  signing: BY_ACCOUNT,
  readPayload: NO_PAYLOAD,
  handle: async (c, call) => {
    const id = readParam(c, 'order');
    const state = await c.get('services').acmeOrders.find(call, id);
    note(c, `read the order ${id}`);
    return answerOrder(c, state, 200, call.nowSeconds);
  },
});

const finalize = signedRoute({
  path: 'order/:order/finalize',
  signing: BY_ACCOUNT,
  readPayload: JSON_PAYLOAD,
  handle: async (c, call, { csr }) => {
    const id = readParam(c, 'order');
    const state = await c.get('services').acmeFinalize.finalize(call, id, csr);
    note(c, `finalized the order ${id}: ${state.order.recorded}`);
    return answerOrder(c, state, 200, call.nowSeconds);
  },
});

/** RFC 8555 section 7.1.2.1. */
const orders = signedRoute({
  path: 'acct/:id/orders',
  signing: BY_ACCOUNT,
  readPayload: NO_PAYLOAD,
  handle: async (c, call) => {
    requireOwn(c, call);
    const { ids, next } = await c.get('services').acmeOrders.list(call, readCursor(c));
    note(c, `listed ${ids.length} orders`);
    const response = c.json({ orders: ids.map((id) => orderUrl(c, id)) });
    if (next !== null) {
      const cursor = `${next.createdAtSeconds}-${next.id}`;
      const url = `${accountUrl(c, call.account.id)}/orders?after=${cursor}`;
      response.headers.append('Link', `<${url}>;rel="next"`);
    }
    return response;
  },
});

function readCursor(c: HttpContext): OrderCursor | null {
  const text = c.get('url').searchParams.get('after');
  if (text === null) return null;
  const [, seconds, id] = /^(\d{1,12})-([A-Za-z0-9]{20})$/.exec(text) ?? [];
  if (seconds !== undefined && id !== undefined) return { createdAtSeconds: Number(seconds), id };
  throw new SignetError('malformed-request', "'after' must be from a link of another page.", {
    field: 'after',
  });
}

export const ORDER_ROUTES: readonly Route[] = [newOrder, order, finalize, orders];
