import { now } from '../lib/clock.js';
import { fullMoment, moment, ms, relative } from '../lib/format.js';
import { absoluteTimes, zone } from '../lib/prefs.js';

const shortText = (instant) => (absoluteTimes.value ? moment(instant, zone.value) : relative(instant, now.value));

/** A time, relative or absolute as the user prefers; the full time with its zone on hover. */
export function Time({ at, exact = false }) {
  const instant = ms(at);
  if (instant === null || Number.isNaN(instant)) return <span class="faint">–</span>;
  const full = fullMoment(instant, zone.value);
  return (
    <time dateTime={at} title={full}>
      {exact ? full : shortText(instant)}
    </time>
  );
}
