// Which jobs are chosen: by id, over any number of pages, or all that match the filter.
import { effect, signal } from '@preact/signals';
import { filter } from '../lib/urlstate.js';

export const chosen = signal(new Map()); // id → job as it was when chosen
export const everything = signal(null); // null, or {count, capped}: all that match
let anchor = null;

export function clearChosen() {
  if (chosen.peek().size) chosen.value = new Map();
  everything.value = null;
  anchor = null;
}

function set(rows, on) {
  const next = new Map(chosen.peek());
  for (const job of rows) on ? next.set(job.id, job) : next.delete(job.id);
  chosen.value = next;
  everything.value = null;
}

/** With `range`, everything between the last choice and this row follows it. */
export function choose(job, rows, { range = false } = {}) {
  const on = !chosen.peek().has(job.id);
  const from = rows.findIndex((row) => row.id === anchor);
  const to = rows.findIndex((row) => row.id === job.id);
  const between = range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [job];
  anchor = job.id;
  set(between, on);
}

export const choosePage = (rows, on) => set(rows, on);

/** A choice belongs to its filter: under another one "all that match" would mean other jobs. */
let first = true;
effect(() => {
  JSON.stringify(filter.value);
  if (first) first = false;
  else clearChosen();
});
