// Cancel or retry of many: of the chosen ids at once, of all that match call by call until none is left.
import { signal } from '@preact/signals';
import { cancelMany, countJobs, retryJob, retryMany } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { kick } from '../lib/poll.js';
import { canCancel, canRetry } from '../lib/statuses.js';
import { t, wordsOf } from '../lib/strings.js';
import { resolveTimes } from '../lib/timespan.js';
import { filter } from '../lib/urlstate.js';
import { attempt } from './actions.js';
import { shown } from './jobs.js';
import { chosen, clearChosen, everything } from './selection.js';
import { toast } from './toasts.js';

const CALLS = { cancel: cancelMany, retry: retryMany };
const AT_ONCE = 6;

export const asking = signal(null); // the verb that waits for a yes: "cancel" or "retry" of all that match

export async function countMatching() {
  const scope = resolveTimes(filter.peek(), serverNow());
  everything.value = { ...(await countJobs(scope)), scope };
}

const CAN = { cancel: canCancel, retry: canRetry };

/** Jobs as far as they are known: those on the screen as they are now, the others as they were when chosen. */
function candidates() {
  if (everything.value) return filter.value.status?.map((status) => ({ status })) ?? null;
  const latest = new Map(shown.value.map((job) => [job.id, job]));
  return [...chosen.value.values()].map((job) => latest.get(job.id) ?? job);
}

/** Why a verb would change none of what is chosen, in words; undefined when it may change some. */
export function whyNot(verb) {
  const jobs = candidates();
  return !jobs || jobs.some(CAN[verb]) ? undefined : t(`bulk.none.${verb}`);
}

function wordsFor(verb, sum) {
  const parts = [t(`done.bulk.${verb}`, { n: sum.changed })];
  if (sum.requested) parts.push(t('done.bulk.requested', { n: sum.requested }));
  if (sum.skipped) parts.push(t('done.bulk.skipped', { n: sum.skipped }));
  return parts.join(', ');
}

/** Only those that were pending: a cancelled one among them must not come back to life. */
async function uncancelMany(jobs) {
  const pending = jobs.filter((job) => job.status === 'pending');
  const next = async () => {
    for (let job = pending.pop(); job; job = pending.pop()) await retryJob(job.id, { scheduled_at: job.scheduled_at });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

export async function applyToChosen(verb) {
  const jobs = [...chosen.peek().values()];
  const sum = await attempt(() => CALLS[verb]({ ids: jobs.map((job) => job.id) }));
  if (!sum) return;
  clearChosen();
  const undo = verb === 'cancel' && jobs.some((job) => job.status === 'pending');
  toast(wordsFor(verb, sum), { undo: undo ? () => attempt(() => uncancelMany(jobs)) : null });
}

/**
 * All that matched when they were counted. The API refuses when many more match by now. `onProgress(sum)` after each call;
 * `stopped()` ends it between two calls. → the sum, or null after a fault.
 */
export async function applyToMatching(verb, { count, capped, scope }, onProgress, stopped) {
  const sum = { changed: 0, requested: 0, skipped: 0 };
  try {
    for (let more = true; more && !stopped(); ) {
      const answer = await CALLS[verb]({ filter: scope, ...(capped || sum.changed ? {} : { expected: count }) });
      for (const name of Object.keys(sum)) sum[name] += answer[name];
      more = answer.more && answer.changed + answer.requested > 0;
      onProgress({ ...sum });
    }
  } catch (fault) {
    toast(wordsOf(fault), { kind: 'fault' });
    return null;
  } finally {
    kick();
  }
  clearChosen();
  toast(wordsFor(verb, sum));
  return sum;
}
