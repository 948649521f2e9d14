/** Events as the log would store them. */
import type { StoredEvent } from '../../core/aggregate/event.ts';

/** The given event, with everything filled in that a test does not care about. */
export function storedEvent(
  event: Pick<StoredEvent, 'stream' | 'version' | 'type' | 'data'> & Partial<StoredEvent>,
): StoredEvent {
  const id = `${event.stream}@${event.version}`;
  return {
    id,
    tenant: 'main',
    schemaVersion: 1,
    recordedAt: '2026-05-04T12:00:00.000Z',
    occurredAt: '2026-05-04T12:00:00.000Z',
    metadata: { actor: 'somebody', commandId: id, causationId: id, correlationId: id },
    ...event,
  };
}

export function opened(stream: string, owner = 'ann'): StoredEvent {
  const data = { owner, reference: 'r-1' };
  return storedEvent({ stream, version: 1, type: 'AccountOpened', data });
}

export function deposited(stream: string, version: number, cents: number): StoredEvent {
  const data = { cents, currency: 'EUR' };
  return storedEvent({ stream, version, type: 'Deposited', schemaVersion: 3, data });
}

export function withdrawn(stream: string, version: number, cents: number): StoredEvent {
  return storedEvent({ stream, version, type: 'Withdrawn', data: { cents } });
}
