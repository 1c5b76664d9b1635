// Times in a URL may be relative ("-1h", "+7d"), so that "the last hour" stays current.

const SECONDS = { m: 60, h: 3600, d: 86_400 };
const RELATIVE = /^([+-])(\d{1,4})([mhd])$/;
const TIMES = ['scheduled_from', 'scheduled_to', 'created_from', 'created_to'];

export const isRelative = (text) => RELATIVE.test(text);

/** "-1h" → milliseconds from now; null for any other text. */
export function spanOf(text) {
  const [, sign, count, unit] = RELATIVE.exec(text) ?? [];
  return unit ? Number(`${sign}1`) * count * SECONDS[unit] * 1000 : null;
}

/**
 * Rounded outwards to whole minutes, "now" as an end to ten seconds, so that the same query keeps its URL and ETag for
 * a while.
 */
function instantOf(text, now, isEnd) {
  const span = spanOf(text);
  if (span === null) return text;
  const step = span === 0 && isEnd ? 10_000 : 60_000;
  const round = isEnd ? Math.ceil : Math.floor;
  return new Date(round((now + span) / step) * step).toISOString();
}

/** A filter with absolute times, as the API expects it. */
export function resolveTimes(filter, now) {
  const resolved = { ...filter };
  for (const name of TIMES) if (resolved[name]) resolved[name] = instantOf(resolved[name], now, name.endsWith('_to'));
  return resolved;
}
