// The pending jobs of the window, and the job being moved.
import { computed, effect, signal } from '@preact/signals';
import { queryOf } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { ms } from '../lib/format.js';
import { refresh, watch } from '../lib/poll.js';
import { resource } from '../lib/resource.js';
import { resolveTimes } from '../lib/timespan.js';
import { route } from '../lib/urlstate.js';
import { reschedule } from '../state/actions.js';
import { WINDOWS } from './windows.js';

export const MAX_JOBS = 200;
const list = resource();

export const windowName = computed(() => (route.value.window in WINDOWS ? route.value.window : '1h'));
export const view = computed(() => WINDOWS[windowName.value]);
export const origin = signal(0); // the instant at the left edge
export const jobs = signal(null);
export const hasMore = signal(false);
export const moving = signal(null); // {id, to}: the move in progress, not yet sent
const pendingMoves = signal(new Map()); // id → the new time, until the API confirms it

/** When a job is due, including unconfirmed moves. */
export const dueAt = (job) =>
  moving.value?.id === job.id ? moving.value.to : (pendingMoves.value.get(job.id) ?? ms(job.scheduled_at));

function accept(from, page) {
  if (moving.peek()) return; // nothing shifts during a drag
  origin.value = from;
  jobs.value = page.items;
  hasMore.value = page.next_cursor !== null;
  pendingMoves.value = new Map();
}

async function load(abort) {
  const query = resolveTimes(
    { status: ['pending'], scheduled_from: '+0m', scheduled_to: `+${windowName.peek()}` },
    serverNow(),
  );
  await list.load(`/jobs${queryOf({ ...query, sort: 'scheduled_at', limit: MAX_JOBS })}`, abort, (page) =>
    accept(Date.parse(query.scheduled_from), page),
  );
}

export function watchTimeline() {
  const stop = watch('timeline', load);
  let first = true;
  const dispose = effect(() => {
    windowName.value;
    if (first) first = false;
    else {
      jobs.value = null;
      refresh();
    }
  });
  return () => {
    stop();
    dispose();
  };
}

/** A job cannot be moved into the past. */
export const notBeforeNow = (instant) => Math.max(serverNow(), instant);

export async function commitMove(job) {
  const { to } = moving.peek();
  moving.value = null;
  if (Math.abs(to - ms(job.scheduled_at)) < 1000) return;
  pendingMoves.value = new Map(pendingMoves.peek()).set(job.id, to);
  const after = await reschedule(job, { scheduled_at: new Date(to).toISOString() });
  if (after) jobs.value = jobs.peek()?.map((other) => (other.id === job.id ? { ...other, ...after } : other)) ?? null;
  const next = new Map(pendingMoves.peek());
  next.delete(job.id);
  pendingMoves.value = next;
}

export const cancelMove = () => (moving.value = null);
