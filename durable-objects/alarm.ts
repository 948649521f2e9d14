/** What holds for the alarm of every object. */

/**
 * How far away `alarm()` sets the next one, in milliseconds. An alarm that is set within `alarm()` for a time that has
 * passed fires late or never (workerd issue 6866), and the clock may stand still while one runs. Ours.
 */
export const ALARM_DISTANCE_MS = 100;
