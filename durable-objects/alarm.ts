/** What the alarms of all objects have in common. */

/**
 * The minimum delay in milliseconds of an alarm that `alarm()` sets. One that is set there for a past time fires late
 * or never (workerd issue 6866), and the clock may not advance while code runs. Our value.
 */
export const ALARM_DISTANCE_MS = 100;

/** Sets the alarm unless one is set that is earlier. */
export async function armBy(
  storage: Pick<DurableObjectStorage, 'getAlarm' | 'setAlarm'>,
  atMs: number,
): Promise<void> {
  const armed = await storage.getAlarm();
  if (armed === null || armed > atMs) await storage.setAlarm(atMs);
}
