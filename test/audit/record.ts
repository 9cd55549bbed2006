import { eventParameters, insertEventSql } from '../../src/store/audit-event.ts';
import { makeEvent } from '../store/database.ts';

/** Records `count` events as the store does. */
export async function addEvents(db: D1Database, count: number): Promise<void> {
  const statement = db.prepare(insertEventSql('true'));
  for (let done = 0; done < count; done += 500) {
    await db.batch(
      Array.from({ length: Math.min(500, count - done) }, (_, i) =>
        statement.bind(...eventParameters(makeEvent('certificate.issue', `s${done + i}`))),
      ),
    );
  }
}
