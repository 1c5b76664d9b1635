// The time windows of the timeline and the steps in which jobs move.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** snap: the grid of a drag; step and big: the step of an arrow key, alone and with Shift. */
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
const MIN_PIXELS = 84;

/** The ticks of the axis, aligned to the clock of the zone: its midnight, not that of UTC. */
export function axisOf(from, span, width, offset) {
  const step = TICKS.find((size) => (size / span) * width >= MIN_PIXELS) ?? TICKS.at(-1);
  const first = Math.ceil((from + offset) / step) * step - offset;
  const count = Math.max(0, Math.ceil((from + span - first) / step));
  return { step, ticks: Array.from({ length: count }, (_, index) => first + index * step) };
}

export const snapTo = (instant, snap) => Math.round(instant / snap) * snap;
