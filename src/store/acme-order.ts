import type { AccountCall } from '../acme/call.ts';
import { ACME_LIMITS, HOUR_SECONDS, ORDER_LIFETIME_SECONDS } from '../acme/limits.ts';
import type { Authorization, OrderState } from '../acme/orders/order.ts';
import type { AcmeOrderStore, Creation, Replaced } from '../acme/orders/order-store.ts';
import { callValues, runCall } from './acme-call.ts';
import { joinOrder, readAuthorization, readOrder } from './acme-order-row.ts';
import { ACME_ORDER_SQL } from './acme-order-sql.ts';
import { readRecord, writeRecord, wroteOne } from './d1.ts';
import type { Database, Result } from './database.ts';
import { boundsValues } from './policy-bounds.ts';
import { type Row, readInteger, readText } from './row.ts';

const SQL = ACME_ORDER_SQL;

export function createAcmeOrderStore(db: Database): AcmeOrderStore {
  return {
    async create(call, state, replaced, bounds) {
      const values = {
        ...orderValues(call, state, replaced),
        ...boundsValues(bounds, call.account.accountId),
        // An ACME account has no access key.
        grantKeyId: null,
      };
      const [inserted, , explained, failing] = await runCall(db, call, [
        SQL.insert.prepare(db, values),
        SQL.insertAuthorizations.prepare(db, state.authorizations.map(authorizationValues)),
        SQL.explainInsert.prepare(db, values),
        SQL.listFailing.prepare(db, values),
      ]);
      if (wroteOne(inserted)) return { outcome: 'created', names: [] };
      const names = (failing?.results ?? []).map((row) => readText(row, 'name'));
      return { outcome: explain(explained?.results[0], names), names };
    },

    async find(call, orderId) {
      const values = { orderId, ...callValues(call) };
      const [found, authorizations] = await runCall(db, call, [
        SQL.find.prepare(db, values),
        SQL.listAuthorizations.prepare(db, values),
      ]);
      return readState(found, authorizations);
    },

    async list(call, after, limit) {
      const values = {
        afterSeconds: after?.createdAtSeconds ?? 0,
        afterId: after?.id ?? '',
        limit,
        ...callValues(call),
      };
      const [found] = await runCall(db, call, [SQL.list.prepare(db, values)]);
      return (found?.results ?? []).map((row) => ({
        id: readText(row, 'id'),
        createdAtSeconds: readInteger(row, 'created_at_s'),
      }));
    },

    async findToFinalize(call, orderId, thumbprint) {
      const { lineageId } = call;
      const values = { orderId, lineageId, thumbprint, ...callValues(call) };
      const [found, authorizations] = await readRecord(() =>
        db.batch<Row>([
          SQL.findToFinalize.prepare(db, values),
          SQL.listAuthorizations.prepare(db, values),
        ]),
      );
      const state = readState(found, authorizations);
      if (state === null) return null;
      return { state, isAccountKey: found?.results[0]?.is_account_key === 1 };
    },

    async markProcessing(call, orderId, csrDer, untilSeconds) {
      const values = { orderId, csr: csrDer.toBase64(), untilSeconds, ...callValues(call) };
      const [, found, authorizations] = await runCall(db, call, [
        SQL.markProcessing.prepare(db, values),
        SQL.find.prepare(db, values),
        SQL.listAuthorizations.prepare(db, values),
      ]);
      return readState(found, authorizations);
    },

    async markFailed(orderId, csrDer, problem) {
      const values = { orderId, csr: csrDer.toBase64(), error: JSON.stringify(problem) };
      await writeRecord(() => SQL.markFailed.prepare(db, values).run());
    },

    async findCertificate(call, orderId) {
      const values = { orderId, ...callValues(call) };
      const [found] = await runCall(db, call, [SQL.findCertificate.prepare(db, values)]);
      const row = found?.results[0];
      if (row === undefined) return null;
      return {
        authorityId: readText(row, 'authority_id'),
        certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
      };
    },
  };
}

function orderValues(
  call: AccountCall,
  { order, authorizations }: OrderState,
  replaced: Replaced | null,
) {
  return {
    ...order,
    orderId: order.id,
    identifiers: JSON.stringify(order.identifiers),
    namesProfile: order.namesProfile ? 1 : 0,
    replacedAuthorityId: replaced?.authorityId ?? null,
    replacedSerial: replaced?.serialHex ?? null,
    namesToProve: JSON.stringify(
      authorizations.filter(({ recorded }) => recorded === 'pending').map(nameOf),
    ),
    openLimit: ACME_LIMITS.openOrdersPerAccount,
    // An order that expires later was made by a clock that was ahead.
    openUntilSeconds: call.nowSeconds + ORDER_LIFETIME_SECONDS + HOUR_SECONDS,
    ...failureValues(call),
    ...callValues(call),
    csrDer: null,
    error: null,
  };
}

/** The values of the parameters of `failsTooOftenSql`, but for those of the call. */
export function failureValues({ nowSeconds }: AccountCall) {
  return {
    failedSinceSeconds: nowSeconds - HOUR_SECONDS,
    // What a clock that was ahead has recorded does not count.
    failedUntilSeconds: nowSeconds + HOUR_SECONDS,
    failureLimit: ACME_LIMITS.failuresPerName,
  };
}

function nameOf({ identifier }: Authorization): string {
  return identifier.value;
}

function authorizationValues(authorization: Authorization) {
  const { identifier, wildcard, preAuthorized, recorded } = authorization;
  const { id, orderId, accountId, token, expiresAtSeconds } = authorization;
  return {
    ...{ id, orderId, accountId, token, expiresAtSeconds },
    type: identifier.type,
    value: identifier.value,
    wildcard: wildcard ? 1 : 0,
    status: recorded,
    preAuthorized: preAuthorized ? 1 : 0,
  };
}

function explain(reasons: Row | undefined, failing: readonly string[]): Creation {
  if (reasons?.bounds_hold !== 1) return 'policy-changed';
  if (reasons.too_many_open === 1) return 'too-many-orders';
  if (failing.length > 0) return 'too-many-failures';
  return reasons.replaceable === 1 ? 'already-replaced' : 'not-replaceable';
}

export function readState(
  found: Result<Row> | undefined,
  authorizations: Result<Row> | undefined,
): OrderState | null {
  const row = found?.results[0];
  if (row === undefined) return null;
  return joinOrder(readOrder(row), (authorizations?.results ?? []).map(readAuthorization));
}
