// The job being written: one object, which the form, the JSON tab and the curl tab all show.
import { computed, signal } from '@preact/signals';
import { parse, stringify } from '../lib/json.js';
import { recall, remember } from '../lib/session.js';
import { validateJob } from '../schema/job.js';
import { types } from '../state/types.js';

export const draft = signal({});
export const touched = signal(new Set()); // edited fields; until the first submit only their faults show
export const submitted = signal(false);
export const serverFaults = signal([]); // [{field, message}] of the last rejection, each until its field changes

let saved = '{}'; // the draft when it was started or last created; closing the form loses nothing while they are equal

export const isDirty = () => stringify(draft.peek()) !== saved;

export function markSaved() {
  saved = stringify(draft.peek());
}

export function startDraft(job) {
  saved = stringify(job);
  draft.value = job;
  touched.value = new Set();
  submitted.value = false;
  serverFaults.value = [];
}

/** Keeps unsaved input for the next time the form opens: after a sign-in, a reload or the back button. */
export function storeDraft(like) {
  if (isDirty()) remember('draft', { text: stringify(draft.peek()), like });
}

/** Restores a stored draft of this form (a type, "*" for any, or a job to duplicate). → whether there was one. */
export function restoreDraft(wanted, like) {
  const stored = recall('draft');
  const job = stored && parse(stored.text);
  if (!stored || (like ? stored.like !== like : wanted !== '*' && job.type !== wanted)) return false;
  remember('draft', null);
  startDraft({ type: job.type, payload: {} });
  draft.value = job;
  return true;
}

/** An idempotency key for this draft: sending it again after a lost response still creates one job. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Compares as JSON text, which is deep and cheap at this size. */
function changedFields(before, after, path, found) {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  for (const name of names) {
    const [old, fresh] = [before?.[name], after?.[name]];
    if (JSON.stringify(old) === JSON.stringify(fresh)) continue;
    const field = path ? `${path}.${name}` : name;
    found.add(field);
    if ([old, fresh].some((value) => value && typeof value === 'object'))
      changedFields(Object(old), Object(fresh), field, found);
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

const isVisible = ({ field }) =>
  submitted.value || touched.value.has(field) || serverFaults.value.some((fault) => fault.field === field);

/** Map field → message, of the faults to show now. */
export const visibleFaults = computed(
  () => new Map(faults.value.filter(isVisible).map(({ field, message }) => [field, message])),
);
