/** Counts what an object's storage is billed for, by the platform's own counters. */
import { runInDurableObject } from 'cloudflare:test';
import { objectOf } from './harness.ts';

/** `rowsWritten` of every cursor since `reset`, and 1 for each alarm set, which cursors do not count. */
export interface StorageBill {
  read(): { rowsRead: number; rowsWritten: number };
  reset(): void;
}

/** Puts a counter around the storage of a stream's object. Lasts until the object is evicted. */
export function billOf(stream: string): Promise<StorageBill> {
  return billOfObject(objectOf(stream));
}

export async function billOfObject(object: DurableObjectStub): Promise<StorageBill> {
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
  let alarms = 0;
  await runInDurableObject(object, (_object, { storage }) => {
    const exec = storage.sql.exec.bind(storage.sql);
    const setAlarm = storage.setAlarm.bind(storage);
    Object.defineProperty(storage.sql, 'exec', {
      value: (...statement: Parameters<typeof exec>) => {
        const cursor = exec(...statement);
        cursors.push(cursor);
        return cursor;
      },
    });
    Object.defineProperty(storage, 'setAlarm', {
      value: (...alarm: Parameters<typeof setAlarm>) => {
        alarms++;
        return setAlarm(...alarm);
      },
    });
  });
  return {
    read: () => ({
      rowsRead: cursors.reduce((rows, cursor) => rows + cursor.rowsRead, 0),
      rowsWritten: cursors.reduce((rows, cursor) => rows + cursor.rowsWritten, alarms),
    }),
    reset: () => {
      cursors.length = 0;
      alarms = 0;
    },
  };
}
