import type { BindingStore } from '../inventory/store.ts';
import type { Database } from './database.ts';
import { commitWrite, readRows, writeValues } from './inventory-batch.ts';
import { readBindings } from './inventory-row.ts';
import { BINDING_SQL } from './inventory-sql.ts';

export function createBindingStore(db: Database): BindingStore {
  return {
    async bind(principal, { id, serviceName, resourceId, mostBindings, audit }) {
      const values = {
        ...writeValues(principal, audit),
        id,
        serviceName,
        resourceId,
        atMs: audit.atMs,
        mostBindings,
      };
      const outcome = await commitWrite(db, principal, {
        write: BINDING_SQL.bind.prepare(db, values),
        audit,
        explain: BINDING_SQL.findEntry.prepare(db, values),
      });
      if (outcome.isDone) return 'bound';
      return outcome.reason === undefined ? 'not-found' : 'too-many';
    },

    async unbind(principal, { id, serviceName, resourceId, audit }) {
      const values = { ...writeValues(principal, audit), id, serviceName, resourceId };
      const outcome = await commitWrite(db, principal, {
        write: BINDING_SQL.unbind.prepare(db, values),
        audit,
        explain: BINDING_SQL.findEntry.prepare(db, values),
      });
      if (outcome.isDone) return 'unbound';
      return outcome.reason === undefined ? 'not-found' : 'not-bound';
    },

    async listBindings(principal, id, nowSeconds) {
      const list = BINDING_SQL.list.prepare(db, { id, accountId: principal.accountId });
      const [row] = await readRows(db, principal, nowSeconds, list);
      return row === undefined ? null : readBindings(row);
    },
  };
}
