import { AUDIT_EVENT_SQL, eventValues } from '../../src/store/audit-event.ts';
import type { Database } from '../../src/store/database.ts';
import { makeEvent } from '../store/database.ts';

/** Records `count` events as the store does. */
export async function addEvents(db: Database, count: number): Promise<void> {
  for (let done = 0; done < count; done += 500) {
    await db.batch(
      Array.from({ length: Math.min(500, count - done) }, (_, i) => {
        const event = makeEvent('certificate.issue', `s${done + i}`);
        return AUDIT_EVENT_SQL.always.prepare(db, eventValues(event));
      }),
    );
  }
}
