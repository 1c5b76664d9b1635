// The state of one import, from the file to the report.
import { computed, signal } from '@preact/signals';
import { serverNow } from '../lib/clock.js';
import { zone } from '../lib/prefs.js';
import { messageOf, t } from '../lib/strings.js';
import { validateJob } from '../schema/job.js';
import { loadTypes, types } from '../state/types.js';
import { jobOfRow } from './csv.js';
import { fingerprint } from './fingerprint.js';
import { readRows } from './parse.js';
import { chunksOf } from './plan.js';
import { send } from './send.js';
import { deletePlan, findPlan, savePlan } from './storage.js';

const MAX_BYTES = 20_000_000;
const MAX_ROWS = 50_000;
const SLICE = 100; // rows validated before the page gets control back

export const phase = signal('choose'); // choose | reading | preview | sending | finished
export const file = signal(null); // {name, hash}
export const rows = signal([]); // [{line, job, faults: [{field, message}], skipped, unreadable?, text?, cells?}]
export const fileError = signal(null); // why the file could not be read
export const earlierPlan = signal(null); // the plan of an earlier import of the same file
export const plan = signal(null);
export const paused = signal(null); // why sending stopped
export const defaultType = signal('');

export const validRows = computed(() => rows.value.filter((row) => !row.skipped && row.faults.length === 0));
export const invalidRows = computed(() => rows.value.filter((row) => !row.skipped && row.faults.length > 0));
export const skippedRows = computed(() => rows.value.filter((row) => row.skipped));

export const validateRow = (row) => ({
  ...row,
  faults: row.unreadable ? [{ field: '', message: row.unreadable }] : validateJob(row.job, types.peek()),
});
const yieldToPage = () => new Promise((resolve) => setTimeout(resolve));

/** In slices, so that ten thousand rows do not freeze the page. */
async function validateRows(found) {
  const validated = [];
  for (let index = 0; index < found.length; index += SLICE) {
    validated.push(...found.slice(index, index + SLICE).map((row) => validateRow({ skipped: false, ...row })));
    await yieldToPage();
  }
  rows.value = validated;
}

const withType = (row) =>
  row.job && row.job.type === undefined && defaultType.peek()
    ? { ...row, job: { type: defaultType.peek(), ...row.job } }
    : row;

async function readFile(name, text) {
  await loadTypes();
  const found = await readRows(name, text, { types: types.peek(), defaultType: defaultType.peek(), zone: zone.peek() });
  if (found.length === 0) return t('import.nothing');
  if (found.length > MAX_ROWS) return t('import.too.many', { count: found.length, rows: MAX_ROWS });
  const hash = fingerprint(text);
  file.value = { name, hash };
  earlierPlan.value = (await findPlan(hash)) ?? null;
  await validateRows(found.map(withType));
  return null;
}

/** `upload`: a File. Ends in the preview, or in the file choice with an error. */
export async function openFile(upload) {
  fileError.value = null;
  file.value = { name: upload.name };
  phase.value = 'reading';
  try {
    const large =
      upload.size > MAX_BYTES && t('import.too.big', { size: Math.round(upload.size / 1e6), rows: MAX_ROWS });
    fileError.value = large || (await readFile(upload.name, await upload.text()));
  } catch (fault) {
    fileError.value = fault.status === undefined ? fault.message : messageOf(fault);
  }
  phase.value = fileError.value ? 'choose' : 'preview';
}

/** Sets the type of rows without one; their CSV cells are converted again by its schema. */
export async function setDefaultType(type) {
  const before = defaultType.peek();
  defaultType.value = type;
  const options = { types: types.peek(), defaultType: type, zone: zone.peek() };
  await validateRows(
    rows.peek().map((row) => {
      if (row.unreadable || (row.job.type !== undefined && row.job.type !== '' && row.job.type !== before)) return row;
      return row.cells && !row.edited
        ? { ...row, job: jobOfRow(row.cells.header, row.cells.cells, options) }
        : { ...row, job: { ...row.job, type } };
    }),
  );
}

export function updateRow(line, patch) {
  rows.value = rows.peek().map((row) => (row.line === line ? { ...row, ...patch } : row));
}

export async function start() {
  const run = (earlierPlan.peek()?.run ?? 0) + 1;
  const faults = invalidRows.peek().map((row) => ({
    line: row.line,
    message: row.faults.map(({ field, message }) => `${field} ${message}`.trim()).join('; '),
  }));
  plan.value = {
    ...file.peek(),
    run,
    startedAt: serverNow(),
    finishedAt: null,
    chunks: chunksOf(validRows.peek()),
    faults,
  };
  await savePlan(plan.peek());
  await resume(plan.peek());
}

/** Resumes a plan of this session or a stored one. */
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
    paused.value = fault.status === undefined ? fault.message : messageOf(fault);
  }
}

export const pause = () => (paused.value = t('import.paused.short'));

export async function discard(hash) {
  await deletePlan(hash);
  reset();
}

export function reset() {
  for (const part of [file, earlierPlan, plan, paused, fileError]) part.value = null;
  rows.value = [];
  defaultType.value = '';
  phase.value = 'choose';
}
