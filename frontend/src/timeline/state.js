// The pending jobs of the window, and the one that is on its way to another time.
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

export const MOST = 200;
const list = resource();

export const windowName = computed(() => (route.value.window in WINDOWS ? route.value.window : '1h'));
export const view = computed(() => WINDOWS[windowName.value]);
export const origin = signal(0); // the instant at the left edge
export const jobs = signal(null);
export const more = signal(false);
export const moving = signal(null); // {id, to}: being dragged or walked, not yet sent
const landed = signal(new Map()); // id → where it was put, until the API's next answer says so itself

/** When a job is due, as far as this page knows. */
export const dueAt = (job) =>
  moving.value?.id === job.id ? moving.value.to : (landed.value.get(job.id) ?? ms(job.scheduled_at));

function accept(from, page) {
  if (moving.peek()) return; // nothing jumps under the hand
  origin.value = from;
  jobs.value = page.items;
  more.value = page.next_cursor !== null;
  landed.value = new Map();
}

async function load(abort) {
  const query = resolveTimes(
    { status: ['pending'], scheduled_from: '+0m', scheduled_to: `+${windowName.peek()}` },
    serverNow(),
  );
  await list.load(`/jobs${queryOf({ ...query, sort: 'scheduled_at', limit: MOST })}`, abort, (page) =>
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

/** Not before now: the past is only another word for "at once". */
export const within = (instant) => Math.max(serverNow(), instant);

export async function land(job) {
  const { to } = moving.peek();
  moving.value = null;
  if (Math.abs(to - ms(job.scheduled_at)) < 1000) return;
  landed.value = new Map(landed.peek()).set(job.id, to);
  const after = await reschedule(job, { scheduled_at: new Date(to).toISOString() });
  if (after) jobs.value = jobs.peek()?.map((other) => (other.id === job.id ? { ...other, ...after } : other)) ?? null;
  const next = new Map(landed.peek());
  next.delete(job.id);
  landed.value = next;
}

export const giveUp = () => (moving.value = null);
