// How far the timeline looks ahead, and in which steps a job moves on it.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** snap: where a dragged job can land; step and big: what an arrow key moves by, alone and with Shift. */
export const WINDOWS = {
  '1h': { span: HOUR, snap: 10_000, step: MINUTE, big: 10 * MINUTE },
  '24h': { span: DAY, snap: MINUTE, step: 15 * MINUTE, big: 2 * HOUR },
  '7d': { span: 7 * DAY, snap: 5 * MINUTE, step: HOUR, big: DAY },
};

const TICKS = [
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
];
const LEAST_PIXELS = 84;

/** Instants of the axis, whole in the zone's own clock: midnight there, not in UTC. */
export function axisOf(from, span, width, offset) {
  const step = TICKS.find((size) => (size / span) * width >= LEAST_PIXELS) ?? TICKS.at(-1);
  const first = Math.ceil((from + offset) / step) * step - offset;
  const count = Math.max(0, Math.ceil((from + span - first) / step));
  return { step, ticks: Array.from({ length: count }, (_, place) => first + place * step) };
}

export const snapTo = (instant, snap) => Math.round(instant / snap) * snap;
