// The job that is being written: one object, which the form, the JSON tab and the curl tab all show.
import { computed, signal } from '@preact/signals';
import { parse, stringify } from '../lib/json.js';
import { note, recall } from '../lib/session.js';
import { validateJob } from '../schema/job.js';
import { types } from '../state/types.js';

export const draft = signal({});
export const touched = signal(new Set()); // fields that were typed in; only their faults are shown before the first try
export const tried = signal(false);
export const serverFaults = signal([]); // [{field, message}] of the last refusal, each until its field is changed

let start = '{}'; // the draft as it was begun or last sent: what is no different may be lost

export const isWritten = () => stringify(draft.peek()) !== start;
export const sent = () => (start = stringify(draft.peek()));

export function startDraft(job) {
  start = stringify(job);
  draft.value = job;
  touched.value = new Set();
  tried.value = false;
  serverFaults.value = [];
}

/** Leaves what is being written for the next time the form opens: after a sign-in, a reload, a press of the back button. */
export function keepDraft(like) {
  if (isWritten()) note('draft', { text: stringify(draft.peek()), like });
}

/** → whether a draft was kept for this form (a type, "*" for any, or a job to be like) and now is the draft again. */
export function takeDraft(wanted, like) {
  const kept = recall('draft');
  const job = kept && parse(kept.text);
  if (!kept || (like ? kept.like !== like : wanted !== '*' && job.type !== wanted)) return false;
  note('draft', null);
  startDraft({ type: job.type, payload: {} });
  draft.value = job;
  return true;
}

/** A random name for this very draft: sending it twice, after a lost answer, still creates one job. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** JSON text compares deeply and is cheap at this size. */
function changedFields(before, after, path, found) {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  for (const name of names) {
    const [old, fresh] = [before?.[name], after?.[name]];
    if (JSON.stringify(old) === JSON.stringify(fresh)) continue;
    const here = path ? `${path}.${name}` : name;
    found.add(here);
    if ([old, fresh].some((value) => value && typeof value === 'object'))
      changedFields(Object(old), Object(fresh), here, found);
  }
  return found;
}

export function changeDraft(next) {
  const changed = changedFields(draft.peek(), next, '', new Set());
  serverFaults.value = serverFaults.peek().filter(({ field }) => !changed.has(field));
  touched.value = new Set([...touched.peek(), ...changed]);
  draft.value = next;
}

export const faults = computed(() =>
  types.value ? [...validateJob(draft.value, types.value), ...serverFaults.value] : [],
);

/** Map field → message, of those that are to be shown now. */
export const shownFaults = computed(() => {
  const visible = faults.value.filter(
    ({ field }) => tried.value || touched.value.has(field) || serverFaults.value.some((fault) => fault.field === field),
  );
  return new Map(visible.map(({ field, message }) => [field, message]));
});
