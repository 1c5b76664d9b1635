// Short messages at the edge of the page, some with a way back.
import { signal } from '@preact/signals';

const STAY_MS = 8000;
export const toasts = signal([]);
let next = 1;

export function dismiss(id) {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

/** `undo`: an async function, offered as a button. Faults stay until they are dismissed; the rest leaves by itself. */
export function toast(text, { undo = null, kind = 'done' } = {}) {
  const id = next++;
  toasts.value = [...toasts.peek(), { id, text, undo, kind }].slice(-4);
  if (kind !== 'fault') setTimeout(() => dismiss(id), STAY_MS);
  return id;
}
