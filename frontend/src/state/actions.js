// Actions on one job, each with a toast and, where possible, an undo.
import { cancelJob, retryJob, updateJob } from '../lib/api.js';
import { moment, ms, shortId } from '../lib/format.js';
import { pollNow } from '../lib/poll.js';
import { zone } from '../lib/prefs.js';
import { messageOf, t } from '../lib/strings.js';
import { loadCurrentUser } from './currentUser.js';
import { patchRow } from './jobs.js';
import { toast } from './toasts.js';

const nameOf = (job) => ({ type: job.type, id: shortId(job.id) });

/** Runs a change; a fault becomes a toast. → the changed job, or null. */
export async function perform(change) {
  try {
    const job = await change();
    if (job?.id) patchRow(job);
    pollNow();
    return job ?? true;
  } catch (fault) {
    if (fault.status === 403) loadCurrentUser(); // the role has changed
    if (fault.status !== 401) toast(messageOf(fault), { kind: 'fault' }); // a 401 opens the sign-in page
    pollNow();
    return null;
  }
}

async function undo(change) {
  if (await perform(change)) toast(t('done.undone'));
}

/** Retries a cancelled job at its original time, so that it is not due in between. */
const restore = (job) => retryJob(job.id, { scheduled_at: job.scheduled_at });

export async function cancel(job) {
  const after = await perform(() => cancelJob(job.id));
  if (!after) return;
  if (after.status === 'cancelled') toast(t('done.cancel', nameOf(job)), { undo: () => undo(() => restore(job)) });
  else toast(t('done.cancel.asked', nameOf(job)));
}

export async function retry(job) {
  const after = await perform(() => retryJob(job.id));
  if (after) toast(t('done.retry', nameOf(job)), { undo: () => undo(() => cancelJob(job.id)) });
}

function messageFor(job, after, change) {
  if ('scheduled_at' in change || 'delay_seconds' in change) {
    return t('done.reschedule', { ...nameOf(job), time: moment(ms(after.scheduled_at), zone.peek()) });
  }
  return t('done.priority', { ...nameOf(job), priority: after.priority });
}

/** `change`: {scheduled_at? | delay_seconds?, priority?}. → the changed job, or null. */
export async function reschedule(job, change) {
  const after = await perform(() => updateJob(job.id, change));
  if (!after) return null;
  const before = { scheduled_at: job.scheduled_at, priority: job.priority };
  toast(messageFor(job, after, change), { undo: () => undo(() => updateJob(job.id, before)) });
  return after;
}
