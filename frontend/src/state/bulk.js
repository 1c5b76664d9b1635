// Cancels or retries many jobs: the selected ones in one call, all matching ones call by call.
import { signal } from '@preact/signals';
import { cancelMany, countJobs, retryJob, retryMany } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { pollNow } from '../lib/poll.js';
import { canCancel, canRetry } from '../lib/statuses.js';
import { messageOf, t } from '../lib/strings.js';
import { resolveTimes } from '../lib/timespan.js';
import { filter } from '../lib/urlstate.js';
import { perform } from './actions.js';
import { visibleJobs } from './jobs.js';
import { allMatching, clearSelection, selected } from './selection.js';
import { toast } from './toasts.js';

const CALLS = { cancel: cancelMany, retry: retryMany };
const CONCURRENCY = 6;

export const confirming = signal(null); // the verb that awaits confirmation: "cancel" or "retry"

export async function countMatching() {
  const scope = resolveTimes(filter.peek(), serverNow());
  allMatching.value = { ...(await countJobs(scope)), scope };
}

const CAN = { cancel: canCancel, retry: canRetry };

/** The selected jobs: visible ones as they are now, others as they were when selected. */
function candidates() {
  if (allMatching.value) return filter.value.status?.map((status) => ({ status })) ?? null;
  const latest = new Map(visibleJobs.value.map((job) => [job.id, job]));
  return [...selected.value.values()].map((job) => latest.get(job.id) ?? job);
}

/** Why a verb would change none of the selected jobs; undefined if it may change some. */
export function disabledReason(verb) {
  const jobs = candidates();
  return !jobs || jobs.some(CAN[verb]) ? undefined : t(`bulk.none.${verb}`);
}

function summaryOf(verb, sum) {
  const parts = [t(`done.bulk.${verb}`, { n: sum.changed })];
  if (sum.requested) parts.push(t('done.bulk.requested', { n: sum.requested }));
  if (sum.skipped) parts.push(t('done.bulk.skipped', { n: sum.skipped }));
  return parts.join(', ');
}

/** Restores the jobs that were pending, not those that were already cancelled. */
async function restoreMany(jobs) {
  const pending = jobs.filter((job) => job.status === 'pending');
  const next = async () => {
    for (let job = pending.pop(); job; job = pending.pop()) await retryJob(job.id, { scheduled_at: job.scheduled_at });
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
}

export async function applyToSelected(verb) {
  const jobs = [...selected.peek().values()];
  const sum = await perform(() => CALLS[verb]({ ids: jobs.map((job) => job.id) }));
  if (!sum) return;
  clearSelection();
  const undo = verb === 'cancel' && jobs.some((job) => job.status === 'pending');
  toast(summaryOf(verb, sum), { undo: undo ? () => perform(() => restoreMany(jobs)) : null });
}

/**
 * Changes all jobs that matched when counted. The API rejects the call if many more match by now. Calls
 * `onProgress(sum)` after each call and ends when `stopped()` is true. → the sum, or null after a fault.
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
    toast(messageOf(fault), { kind: 'fault' });
    return null;
  } finally {
    pollNow();
  }
  clearSelection();
  toast(summaryOf(verb, sum));
  return sum;
}
