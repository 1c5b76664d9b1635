// Short messages at the edge of the page, some with an undo.
import { signal } from '@preact/signals';

const SHOW_MS = 8000;
export const toasts = signal([]);
let next = 1;

export function dismiss(id) {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

/** `undo`: an async function, offered as a button. Faults stay until dismissed; other toasts disappear. */
export function toast(text, { undo = null, kind = 'done' } = {}) {
  const id = next++;
  toasts.value = [...toasts.peek(), { id, text, undo, kind }].slice(-4);
  if (kind !== 'fault') setTimeout(() => dismiss(id), SHOW_MS);
  return id;
}
