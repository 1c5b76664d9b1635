// What this browser remembers about its user. A view that is worth sharing lives in the URL instead (urlstate.js).
import { effect, signal } from '@preact/signals';

const PREFIX = 'tickwork.';

function stored(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback; // storage is switched off, or holds something that is not ours
  }
}

function remembered(name, fallback) {
  const value = signal(stored(name, fallback));
  effect(() => {
    const text = JSON.stringify(value.value);
    try {
      localStorage.setItem(PREFIX + name, text);
    } catch {
      // a private window: the choice lasts as long as the page
    }
  });
  return value;
}

export const theme = remembered('theme', 'system'); // system | light | dark
export const zone = remembered('zone', 'local'); // local | an IANA name
export const live = remembered('live', true);
export const absolute = remembered('absolute', false); // times as dates instead of "3 min ago"
export const shortcuts = remembered('shortcuts', true); // single keys, WCAG 2.1.4
export const columns = remembered('columns', null); // null: the default ones

effect(() => {
  const root = document.documentElement;
  if (theme.value === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme.value;
});
