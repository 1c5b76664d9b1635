// Numbers, durations and times as text, by Intl and in the user's zone.
import { resolveZone } from './zone.js';

// [unit, seconds, how many make the next unit]
const UNITS = [
  ['second', 1, 60],
  ['minute', 60, 60],
  ['hour', 3600, 24],
  ['day', 86_400, 30],
  ['month', 2_629_800, 12],
  ['year', 31_557_600, Infinity],
];
const memo = new Map();

/** Creating an Intl object takes 0.1 ms, and a table needs a hundred per second. */
function cached(key, make) {
  if (!memo.has(key)) memo.set(key, make());
  return memo.get(key);
}

const numbers = (options = {}) => cached(JSON.stringify(options), () => new Intl.NumberFormat(undefined, options));
export const number = (value) => numbers().format(value);
export const percent = (value) => numbers({ style: 'percent', maximumFractionDigits: 1 }).format(value);

/** "3 min ago", "in 2 hr", "now" within half a second. Always with a number: "next mo" would be ambiguous. */
export function relative(instant, now) {
  const seconds = Math.round((instant - now) / 1000);
  const rounded = (size) => Math.round(Math.abs(seconds) / size);
  const [unit, size] = UNITS.find(([, length, most]) => rounded(length) < most);
  const numeric = seconds ? 'always' : 'auto';
  const format = cached(
    `relative ${numeric}`,
    () => new Intl.RelativeTimeFormat(undefined, { numeric, style: 'short' }),
  );
  return format.format(Math.sign(seconds) * rounded(size), unit);
}

function dates(zone, options) {
  return cached(
    zone + JSON.stringify(options),
    () => new Intl.DateTimeFormat(undefined, { timeZone: resolveZone(zone), ...options }),
  );
}

const SHORT = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' };
const NAMED = { timeZoneName: 'short', year: 'numeric', ...SHORT };

const year = (instant, zone) => dates(zone, { year: 'numeric' }).format(instant);
/** With the year unless it is the current one. */
export const moment = (instant, zone) =>
  dates(zone, year(instant, zone) === year(Date.now(), zone) ? SHORT : { year: 'numeric', ...SHORT }).format(instant);
export const fullMoment = (instant, zone) => dates(zone, NAMED).format(instant);
export const day = (instant, zone) => dates(zone, { weekday: 'short', month: 'short', day: 'numeric' }).format(instant);
export const clock = (instant, zone, seconds = false) =>
  dates(zone, { hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }) }).format(instant);
/** "09:05", for the timeline, whose chips fit five characters. */
export const compactClock = (instant, zone) =>
  dates(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant);

const unit = (value, name, digits = 0) =>
  numbers({ style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: digits }).format(value);

/** "3m 12s", or "3m" for whole minutes. */
function pair(seconds, size, name, smaller, smallerName) {
  const rest = Math.floor((seconds % size) / smaller);
  return unit(Math.floor(seconds / size), name) + (rest ? ` ${unit(rest, smallerName)}` : '');
}

/** Milliseconds → "840ms", "2.4s", "3m 12s", "4h 5m", "2d 3h". */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return unit(Math.round(ms), 'millisecond');
  if (ms < 59_950) return unit(ms / 1000, 'second', 1);
  if (seconds < 3600) return pair(seconds, 60, 'minute', 1, 'second');
  if (seconds < 86_400) return pair(seconds, 3600, 'hour', 60, 'minute');
  return pair(seconds, 86_400, 'day', 3600, 'hour');
}

/** The end of an id: UUIDv7s start with the time, so those of nearby jobs look alike. */
export const shortId = (id) => `…${id.slice(-8)}`;
export const firstLine = (text) => text?.split('\n', 1)[0] ?? '';
export const ms = (timestamp) => (timestamp ? Date.parse(timestamp) : null);
