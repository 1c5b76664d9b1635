// Wall-clock time in a zone ⇄ instant, with the zone rules of Intl.

const LOCAL = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
const PARTS = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
};

/** "local" → the browser's zone. */
export const resolveZone = (zone) => (zone === 'local' ? LOCAL : zone);

/** All zones this browser knows, UTC first. */
export const zoneNames = () => [
  'UTC',
  ...(Intl.supportedValuesOf?.('timeZone') ?? []).filter((name) => name !== 'UTC'),
];

const formatters = new Map(); // creating one costs as much as a hundred uses

function formatterOf(zone) {
  const name = resolveZone(zone);
  if (!formatters.has(name))
    formatters.set(name, new Intl.DateTimeFormat('en-US', { ...PARTS, hourCycle: 'h23', timeZone: name }));
  return formatters.get(name);
}

function wallParts(instant, zone) {
  const format = formatterOf(zone);
  return Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, part.value]));
}

/** The zone's offset from UTC at an instant, in milliseconds. */
export function offsetAt(instant, zone) {
  const { year, month, day, hour, minute, second } = wallParts(instant, zone);
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/** An instant → "2026-11-24T09:30", the value of an <input type="datetime-local">. */
export function toWall(instant, zone) {
  const { year, month, day, hour, minute } = wallParts(instant, zone);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/**
 * "2026-03-29T02:30" in a zone → {instant, note}. `note` is "gap" if clocks skip that time (the instant is later by
 * the length of the gap), "overlap" if it occurs twice (the first counts), else null. `instant` is null if invalid.
 */
export function fromWall(text, zone) {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return { instant: null, note: null };
  const before = offsetAt(wall - 86_400_000, zone);
  const after = offsetAt(wall + 86_400_000, zone);
  const fits = [...new Set([wall - before, wall - after])]
    .filter((at) => at + offsetAt(at, zone) === wall)
    .sort((a, b) => a - b);
  if (fits.length === 0) return { instant: wall - Math.min(before, after), note: 'gap' };
  return { instant: fits[0], note: fits.length > 1 ? 'overlap' : null };
}
