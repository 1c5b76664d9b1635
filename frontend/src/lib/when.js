// "Now", "at" a wall-clock time, or "in" an amount of time ⇄ the API's fields.
import { fromWall, toWall } from './zone.js';

export const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };

/** The choice for a job's fields: {mode, wall, amount, unit}; values that the mode does not use have defaults. */
export function readWhen({ scheduled_at: at, delay_seconds: delay }, zone, now) {
  const start = { mode: 'now', wall: toWall(now + 3_600_000, zone), amount: 10, unit: 'minutes' };
  if (at && !Number.isNaN(Date.parse(at))) return { ...start, mode: 'at', wall: toWall(Date.parse(at), zone) };
  if (typeof delay === 'number' && delay > 0) {
    const unit = Object.keys(UNITS).findLast((name) => delay % UNITS[name] === 0) ?? 'seconds';
    return { ...start, mode: 'in', amount: delay / UNITS[unit], unit };
  }
  return start;
}

/** → {instant, note, fields}; `instant` is null for an incomplete or invalid time. */
export function writeWhen({ mode, wall, amount, unit }, zone, now) {
  if (mode === 'now') return { instant: now, note: null, fields: {} };
  if (mode === 'in') {
    const seconds = amount * UNITS[unit];
    if (!(seconds >= 0)) return { instant: null, note: null, fields: {} };
    return { instant: now + seconds * 1000, note: null, fields: { delay_seconds: seconds } };
  }
  const { instant, note } = fromWall(wall, zone);
  return { instant, note, fields: instant === null ? {} : { scheduled_at: new Date(instant).toISOString() } };
}
