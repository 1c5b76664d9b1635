import { now } from '../lib/clock.js';
import { duration, ms } from '../lib/format.js';
import { t } from '../lib/strings.js';
import { statsState } from '../state/stats.js';

const CAP = 10_000;
const dueLabel = (count) => (count >= CAP ? t('due.more', { n: CAP }) : t('due.now', { n: count }));

/** How far the queue is behind. */
export function Due() {
  const due = statsState.value.data?.due;
  if (!due?.count) return null;
  const waited = due.oldest_scheduled_at ? duration(Math.max(0, now.value - ms(due.oldest_scheduled_at))) : null;
  return (
    <span class="due">
      {dueLabel(due.count)}
      {waited && <span class="faint"> · {t('due.oldest', { time: waited })}</span>}
    </span>
  );
}
