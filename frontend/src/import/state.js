// One import from the file to the report.
import { computed, signal } from '@preact/signals';
import { serverNow } from '../lib/clock.js';
import { zone } from '../lib/prefs.js';
import { t, wordsOf } from '../lib/strings.js';
import { validateJob } from '../schema/job.js';
import { needTypes, types } from '../state/types.js';
import { jobOfRow } from './csv.js';
import { fingerprint } from './fingerprint.js';
import { readRows } from './parse.js';
import { chunksOf } from './plan.js';
import { send } from './send.js';
import { find, forget, keep } from './shelf.js';

const MAX_BYTES = 20_000_000;
const MAX_ROWS = 50_000;
const SLICE = 100; // rows judged between two breaths of the page

export const phase = signal('choose'); // choose | reading | preview | sending | finished
export const file = signal(null); // {name, hash}
export const rows = signal([]); // [{line, job, faults: [{field, message}], skipped, unreadable?, text?, cells?}]
export const trouble = signal(null); // why the file could not be taken, in words
export const earlier = signal(null); // the plan of the same file, when it was imported before
export const plan = signal(null);
export const paused = signal(null); // why sending stopped, in words
export const defaultType = signal('');

export const good = computed(() => rows.value.filter((row) => !row.skipped && row.faults.length === 0));
export const bad = computed(() => rows.value.filter((row) => !row.skipped && row.faults.length > 0));
export const skipped = computed(() => rows.value.filter((row) => row.skipped));

export const judge = (row) => ({
  ...row,
  faults: row.unreadable ? [{ field: '', message: row.unreadable }] : validateJob(row.job, types.peek()),
});
const breathe = () => new Promise((resolve) => setTimeout(resolve));

/** Row by row, in slices, so that ten thousand of them do not freeze the page. */
async function judgeAll(found) {
  const judged = [];
  for (let place = 0; place < found.length; place += SLICE) {
    judged.push(...found.slice(place, place + SLICE).map((row) => judge({ skipped: false, ...row })));
    await breathe();
  }
  rows.value = judged;
}

const withType = (row) =>
  row.job && row.job.type === undefined && defaultType.peek()
    ? { ...row, job: { type: defaultType.peek(), ...row.job } }
    : row;

async function take(name, text) {
  await needTypes();
  const found = await readRows(name, text, { types: types.peek(), defaultType: defaultType.peek(), zone: zone.peek() });
  if (found.length === 0) return t('import.nothing');
  if (found.length > MAX_ROWS) return t('import.too.many', { count: found.length, rows: MAX_ROWS });
  const hash = fingerprint(text);
  file.value = { name, hash };
  earlier.value = (await find(hash)) ?? null;
  await judgeAll(found.map(withType));
  return null;
}

/** `chosen`: a File. Ends in the preview, or back at the choice with the reason. */
export async function open(chosen) {
  trouble.value = null;
  file.value = { name: chosen.name };
  phase.value = 'reading';
  try {
    const large =
      chosen.size > MAX_BYTES && t('import.too.big', { size: Math.round(chosen.size / 1e6), rows: MAX_ROWS });
    trouble.value = large || (await take(chosen.name, await chosen.text()));
  } catch (fault) {
    trouble.value = fault.status === undefined ? fault.message : wordsOf(fault);
  }
  phase.value = trouble.value ? 'choose' : 'preview';
}

/** Rows that named no type get this one, and CSV cells are read anew by its schema. */
export async function setDefaultType(type) {
  const before = defaultType.peek();
  defaultType.value = type;
  const options = { types: types.peek(), defaultType: type, zone: zone.peek() };
  await judgeAll(
    rows.peek().map((row) => {
      if (row.unreadable || (row.job.type !== undefined && row.job.type !== '' && row.job.type !== before)) return row;
      return row.cells && !row.edited
        ? { ...row, job: jobOfRow(row.cells.header, row.cells.cells, options) }
        : { ...row, job: { ...row.job, type } };
    }),
  );
}

export function change(line, patch) {
  rows.value = rows.peek().map((row) => (row.line === line ? { ...row, ...patch } : row));
}

export async function start() {
  const run = (earlier.peek()?.run ?? 0) + 1;
  const faults = bad.peek().map((row) => ({
    line: row.line,
    message: row.faults.map(({ field, message }) => `${field} ${message}`.trim()).join('; '),
  }));
  plan.value = { ...file.peek(), run, startedAt: serverNow(), finishedAt: null, chunks: chunksOf(good.peek()), faults };
  await keep(plan.peek());
  await resume(plan.peek());
}

/** Goes on with a plan of this session or of one whose tab was closed. */
export async function resume(stored) {
  plan.value = stored;
  file.value = { name: stored.name, hash: stored.hash };
  paused.value = null;
  phase.value = 'sending';
  try {
    await send(
      stored,
      (next) => (plan.value = next),
      () => paused.peek() !== null,
    );
    if (paused.peek() === null) phase.value = 'finished';
  } catch (fault) {
    paused.value = fault.status === undefined ? fault.message : wordsOf(fault);
  }
}

export const pause = () => (paused.value = t('import.paused.short'));

export async function discard(hash) {
  await forget(hash);
  reset();
}

export function reset() {
  for (const part of [file, earlier, plan, paused, trouble]) part.value = null;
  rows.value = [];
  defaultType.value = '';
  phase.value = 'choose';
}
