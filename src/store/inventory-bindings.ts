import type { BindingStore } from '../inventory/store.ts';
import { commitWrite, readRows } from './inventory-batch.ts';
import { readBindings } from './inventory-row.ts';
import { BINDING_SQL } from './inventory-sql.ts';

export function createBindingStore(db: D1Database): BindingStore {
  const findOwner = (id: string, accountId: string) =>
    db.prepare(BINDING_SQL.findOwner).bind(id, accountId);

  return {
    async bind(principal, { id, serviceName, resourceId, mostBindings, audit }) {
      const { accountId } = principal;
      const outcome = await commitWrite(db, principal, {
        sql: BINDING_SQL.bind,
        values: [id, accountId, serviceName, resourceId, audit.atMs, mostBindings],
        audit,
        explain: findOwner(id, accountId),
      });
      if (outcome.isDone) return 'bound';
      return outcome.reason === undefined ? 'not-found' : 'too-many';
    },

    async unbind(principal, { id, serviceName, resourceId, audit }) {
      const { accountId } = principal;
      const outcome = await commitWrite(db, principal, {
        sql: BINDING_SQL.unbind,
        values: [id, accountId, serviceName, resourceId],
        audit,
        explain: findOwner(id, accountId),
      });
      if (outcome.isDone) return 'unbound';
      return outcome.reason === undefined ? 'not-found' : 'not-bound';
    },

    async listBindings(principal, id, nowSeconds) {
      const statement = db.prepare(BINDING_SQL.list).bind(id, principal.accountId);
      const [row] = await readRows(db, principal, nowSeconds, statement);
      return row === undefined ? null : readBindings(row);
    },
  };
}
