// The job table's rows: one page of GET /jobs, patched in place while it is looked at.
import { computed, effect, signal } from '@preact/signals';
import { queryOf } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { link, refresh, watch } from '../lib/poll.js';
import { resource } from '../lib/resource.js';
import { resolveTimes } from '../lib/timespan.js';
import { DEFAULT_SORT, filter, route } from '../lib/urlstate.js';
import { mergeRows } from './merge.js';
import { chosen } from './selection.js';

export const PAGE = 50;
const list = resource();

export const shown = signal([]); // rows on the screen
export const waiting = signal(0); // new rows that are held back so that nothing moves under the pointer
export const handled = signal(false); // the pointer is over the rows or the focus is in them
export const nextCursor = signal(null);
export const searched = signal(null);
let shownPath = null;
let own = null; // the id of a job just created here, which is let in even where others wait

const pathOf = () =>
  `/jobs${queryOf({ ...resolveTimes(filter.peek(), serverNow()), sort: route.peek().sort ?? DEFAULT_SORT, limit: PAGE, cursor: route.peek().cursor })}`;

/** Rows keep their places while someone points at them, has chosen some, or has scrolled down. */
const held = () => handled.peek() || chosen.peek().size > 0 || globalThis.scrollY > 80;

/** What the page is of: the same until the filter, sort or cursor changes, though "-1h" moves on each minute. */
const viewOf = ({ sort, cursor }, wanted) => JSON.stringify([wanted, sort, cursor]);
const shownView = signal(null);

function accept(page) {
  const view = viewOf(route.peek(), filter.peek());
  const same = view === shownView.peek();
  const hasOwn = page.items.some((job) => job.id === own);
  if (hasOwn) own = null;
  const { rows, fresh } = mergeRows(same ? shown.peek() : [], page.items, same && held() && !hasOwn);
  shownPath = list.state.peek().path;
  nextCursor.value = page.next_cursor;
  searched.value = page.searched ?? null;
  waiting.value = fresh;
  shown.value = rows;
  shownView.value = view;
}

export function showWaiting() {
  shown.value = list.state.peek().data.items;
  waiting.value = 0;
}

/** Whoever creates a job wants to see it, wherever the pointer rests. */
export const letIn = (id) => (own = id);

/** After a change of our own the answer's row is true at once; the next poll agrees or corrects. */
export function patchRow(job) {
  shown.value = shown.peek().map((row) => (row.id === job.id ? { ...row, ...job } : row));
}

export const listState = computed(() => {
  const { fault, loading } = list.state.value;
  const view = viewOf(route.value, filter.value);
  if (shownView.value === view) return fault && !fault.passing ? 'refused' : 'shown';
  if (fault && !fault.passing && !loading) return 'refused';
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
    handled.value = false; // a table that is gone tells of no pointer leaving it
    stop();
    dispose();
  };
}

export const isOld = computed(() => link.value.state === 'down' && shownPath !== null);
