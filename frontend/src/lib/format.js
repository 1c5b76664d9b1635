// Numbers, durations and moments in words, all through Intl and in the user's zone.
import { resolveZone } from './zone.js';

// Each with how many of it are said as one of the next.
const UNITS = [
  ['second', 1, 60],
  ['minute', 60, 60],
  ['hour', 3600, 24],
  ['day', 86_400, 30],
  ['month', 2_629_800, 12],
  ['year', 31_557_600, Infinity],
];
const memo = new Map();

/** Intl objects are slow to make (0.1 ms) and a table needs a hundred of them a second. */
function cached(key, make) {
  if (!memo.has(key)) memo.set(key, make());
  return memo.get(key);
}

const numbers = (options = {}) => cached(JSON.stringify(options), () => new Intl.NumberFormat(undefined, options));
export const number = (value) => numbers().format(value);
export const percent = (value) => numbers({ style: 'percent', maximumFractionDigits: 1 }).format(value);

/** "3 min ago", "in 2 hr", rounded to the nearest; under half a second in either direction is "now". Never "next mo": in how many, a reader could not tell. */
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
/** The year is said unless it is this one. */
export const moment = (instant, zone) =>
  dates(zone, year(instant, zone) === year(Date.now(), zone) ? SHORT : { year: 'numeric', ...SHORT }).format(instant);
export const fullMoment = (instant, zone) => dates(zone, NAMED).format(instant);
export const day = (instant, zone) => dates(zone, { weekday: 'short', month: 'short', day: 'numeric' }).format(instant);
export const clock = (instant, zone, seconds = false) =>
  dates(zone, { hour: '2-digit', minute: '2-digit', ...(seconds && { second: '2-digit' }) }).format(instant);
/** "09:05", for the timeline: its chips have room for five letters only, and its axis is read beside them. */
export const tinyClock = (instant, zone) =>
  dates(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant);

const unit = (value, name, digits = 0) =>
  numbers({ style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: digits }).format(value);

/** "3m 12s", or "3m" when nothing is left. */
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

/** Ids are UUIDv7: their head is the time, alike for neighbours, so the tail tells them apart. */
export const shortId = (id) => `…${id.slice(-8)}`;
export const firstLine = (text) => text?.split('\n', 1)[0] ?? '';
export const ms = (timestamp) => (timestamp ? Date.parse(timestamp) : null);
