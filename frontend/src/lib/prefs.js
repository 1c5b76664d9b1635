// Preferences, stored in this browser. The view itself is in the URL (urlstate.js).
import { effect, signal } from '@preact/signals';

const PREFIX = 'tickwork.';

function readStored(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback; // storage is disabled, or the entry is not ours
  }
}

function persisted(name, fallback) {
  const value = signal(readStored(name, fallback));
  effect(() => {
    const text = JSON.stringify(value.value);
    try {
      localStorage.setItem(PREFIX + name, text);
    } catch {
      // a private window: the preference lasts as long as the page
    }
  });
  return value;
}

export const theme = persisted('theme', 'system'); // system | light | dark
export const zone = persisted('zone', 'local'); // local | an IANA name
export const live = persisted('live', true);
export const absoluteTimes = persisted('absolute', false); // times as dates instead of "3 min ago"
export const shortcuts = persisted('shortcuts', true); // single keys, WCAG 2.1.4
export const columns = persisted('columns', null); // null: the defaults

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});
