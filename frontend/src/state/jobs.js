// The rows of the job table: one page of GET /jobs, updated in place.
import { computed, effect, signal } from '@preact/signals';
import { queryOf } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { connection, refresh, watch } from '../lib/poll.js';
import { resource } from '../lib/resource.js';
import { resolveTimes } from '../lib/timespan.js';
import { DEFAULT_SORT, filter, route } from '../lib/urlstate.js';
import { mergeRows } from './merge.js';
import { selected } from './selection.js';

export const PAGE = 50;
const list = resource();

export const visibleJobs = signal([]); // rows on the screen
export const newCount = signal(0); // new rows held back while rows are frozen
export const isInteracting = signal(false); // the pointer or the focus is on the rows
export const nextCursor = signal(null);
export const searchedCount = signal(null);
let shownPath = null;
let createdId = null; // the id of a job just created here, shown even while rows are frozen

const pathOf = () =>
  `/jobs${queryOf({
    ...resolveTimes(filter.peek(), serverNow()),
    sort: route.peek().sort ?? DEFAULT_SORT,
    limit: PAGE,
    cursor: route.peek().cursor,
  })}`;

/** Rows keep their places while the user points at them, has selected some or has scrolled down. */
const isFrozen = () => isInteracting.peek() || selected.peek().size > 0 || globalThis.scrollY > 80;

/** Identifies the query. It stays the same while "-1h" advances, and changes with filter, sort and cursor. */
const viewOf = ({ sort, cursor }, wanted) => JSON.stringify([wanted, sort, cursor]);
const shownView = signal(null);

function accept(page) {
  const view = viewOf(route.peek(), filter.peek());
  const same = view === shownView.peek();
  const hasCreated = page.items.some((job) => job.id === createdId);
  if (hasCreated) createdId = null;
  const { rows, added } = mergeRows(same ? visibleJobs.peek() : [], page.items, same && isFrozen() && !hasCreated);
  shownPath = list.state.peek().path;
  nextCursor.value = page.next_cursor;
  searchedCount.value = page.searched ?? null;
  newCount.value = added;
  visibleJobs.value = rows;
  shownView.value = view;
}

export function showNewJobs() {
  visibleJobs.value = list.state.peek().data.items;
  newCount.value = 0;
}

/** Shows the job at the next poll, even while rows are frozen. */
export const revealJob = (id) => (createdId = id);

/** Shows the response to a change at once; the next poll confirms or corrects it. */
export function patchRow(job) {
  visibleJobs.value = visibleJobs.peek().map((row) => (row.id === job.id ? { ...row, ...job } : row));
}

export const listState = computed(() => {
  const { fault, loading } = list.state.value;
  const view = viewOf(route.value, filter.value);
  if (shownView.value === view) return fault && !fault.isTransient ? 'refused' : 'shown';
  if (fault && !fault.isTransient && !loading) return 'refused';
  return 'loading';
});
export const listFault = computed(() => list.state.value.fault);

export function watchJobs() {
  const stop = watch('jobs', (abort) => list.load(pathOf(), abort, accept));
  let first = true;
  const dispose = effect(() => {
    viewOf(route.value, filter.value);
    if (first) first = false;
    else refresh();
  });
  return () => {
    isInteracting.value = false; // a removed table fires no pointerleave
    stop();
    dispose();
  };
}

export const isStale = computed(() => connection.value.state === 'down' && shownPath !== null);
