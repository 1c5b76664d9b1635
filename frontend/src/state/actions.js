// What a person can do to a job, each with its words afterwards and, where the API can, its way back.
import { cancelJob, retryJob, updateJob } from '../lib/api.js';
import { moment, ms, shortId } from '../lib/format.js';
import { kick } from '../lib/poll.js';
import { zone } from '../lib/prefs.js';
import { t, wordsOf } from '../lib/strings.js';
import { patchRow } from './jobs.js';
import { toast } from './toasts.js';
import { learnWho } from './who.js';

const nameOf = (job) => ({ type: job.type, id: shortId(job.id) });

/** Runs one change; a fault becomes a toast. → the changed job, or null. */
export async function attempt(change) {
  try {
    const job = await change();
    if (job?.id) patchRow(job);
    kick();
    return job ?? true;
  } catch (fault) {
    if (fault.status === 403) learnWho(); // the role is not what this page took it for
    if (fault.status !== 401) toast(wordsOf(fault), { kind: 'fault' }); // 401 shows the sign-in page, which says why
    kick();
    return null;
  }
}

async function undo(change) {
  if (await attempt(change)) toast(t('done.undone'));
}

/** A cancelled job gets its old time back with the retry, so that it is never due in between. */
const uncancel = (job) => retryJob(job.id, { scheduled_at: job.scheduled_at });

export async function cancel(job) {
  const after = await attempt(() => cancelJob(job.id));
  if (!after) return;
  if (after.status === 'cancelled') toast(t('done.cancel', nameOf(job)), { undo: () => undo(() => uncancel(job)) });
  else toast(t('done.cancel.asked', nameOf(job)));
}

export async function retry(job) {
  const after = await attempt(() => retryJob(job.id));
  if (after) toast(t('done.retry', nameOf(job)), { undo: () => undo(() => cancelJob(job.id)) });
}

function wordsFor(job, after, change) {
  if ('scheduled_at' in change || 'delay_seconds' in change) {
    return t('done.reschedule', { ...nameOf(job), time: moment(ms(after.scheduled_at), zone.peek()) });
  }
  return t('done.priority', { ...nameOf(job), priority: after.priority });
}

/** `change`: {scheduled_at? | delay_seconds?, priority?}. → the job after it, or null. */
export async function reschedule(job, change) {
  const after = await attempt(() => updateJob(job.id, change));
  if (!after) return null;
  const before = { scheduled_at: job.scheduled_at, priority: job.priority };
  toast(wordsFor(job, after, change), { undo: () => undo(() => updateJob(job.id, before)) });
  return after;
}
