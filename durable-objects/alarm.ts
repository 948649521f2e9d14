/** A constant for the alarms of all objects. */

/**
 * The minimum delay in milliseconds of an alarm that `alarm()` sets. One that is set there for a past time fires late
 * or never (workerd issue 6866), and the clock may not advance while code runs. Our value.
 */
export const ALARM_DISTANCE_MS = 100;
