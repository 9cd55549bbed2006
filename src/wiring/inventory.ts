import { createInventory } from '../inventory/create-inventory.ts';
import type { ExpiryEvent } from '../inventory/mark-expiring.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { createBindingStore } from '../store/inventory-bindings.ts';
import { createExpiryStore } from '../store/inventory-expiry.ts';
import type { Foundation } from './foundation.ts';

/** Joins the inventory of uploaded certificates. */
export function wireInventory({ db, config, sealer, clock, randomBytes }: Foundation) {
  return {
    expiring: {
      store: createExpiryStore(db),
      thresholdDays: config.expiringDays,
      clock,
      /** A rule that watches the log can send mail for these lines. */
      writeEvent: (event: ExpiryEvent) =>
        console.log(
          JSON.stringify({ level: 'warn', at: new Date(clock()).toISOString(), ...event }),
        ),
    },
    services: {
      inventory: createInventory({
        store: createInventoryStore(db),
        bindings: createBindingStore(db),
        sealer,
        clock,
        randomBytes,
        defaultQuota: config.inventoryQuota,
      }),
    },
  };
}
