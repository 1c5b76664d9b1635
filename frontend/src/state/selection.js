// The selection: jobs by id, across pages, or all jobs that match the filter.
import { effect, signal } from '@preact/signals';
import { filter } from '../lib/urlstate.js';

export const selected = signal(new Map()); // id → job as it was when selected
export const allMatching = signal(null); // null, or {count, capped}: all matching jobs
let anchor = null;

export function clearSelection() {
  if (selected.peek().size) selected.value = new Map();
  allMatching.value = null;
  anchor = null;
}

function set(rows, on) {
  const next = new Map(selected.peek());
  for (const job of rows) on ? next.set(job.id, job) : next.delete(job.id);
  selected.value = next;
  allMatching.value = null;
}

/** With `range`, all rows from the last toggled one to this one get the same state. */
export function toggleJob(job, rows, { range = false } = {}) {
  const on = !selected.peek().has(job.id);
  const from = rows.findIndex((row) => row.id === anchor);
  const to = rows.findIndex((row) => row.id === job.id);
  const between = range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [job];
  anchor = job.id;
  set(between, on);
}

export const selectPage = (rows, on) => set(rows, on);

/** Another filter clears the selection, because "all matching" would mean other jobs. */
let first = true;
effect(() => {
  JSON.stringify(filter.value);
  if (first) first = false;
  else clearSelection();
});
