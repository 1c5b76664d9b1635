// Single keys and two-key sequences. Off while the user types, while a dialog is open, or by preference (WCAG 2.1.4).
import { live, shortcuts, theme } from './prefs.js';
import { hasRole, signedOut } from './session.js';
import { go, route, VIEWS, visit } from './urlstate.js';

const SEQUENCE_MS = 1200;
const TYPING = 'input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]';
const pageKeys = new Map(); // keys of the current page; they override global ones
let prefixPressedAt = null;

const goTo = (view) => visit(`?view=${view}`);
const THEMES = { system: 'dark', dark: 'light', light: 'system' };

const GLOBAL = {
  c: () => hasRole('operator') && go({ new: '*' }),
  p: () => (live.value = !live.value),
  t: () => (theme.value = THEMES[theme.value]),
  '?': () => go({ dialog: 'help' }),
  'g j': () => goTo('jobs'),
  'g o': () => goTo('overview'),
  'g t': () => goTo('timeline'),
  'g i': () => goTo('import'),
  'g s': () => goTo('settings'),
};

/** For the help sheet: [keys, name, values]. */
export const KEYMAP = [
  [['Ctrl K', '⌘ K'], 'keys.palette'],
  [['/'], 'keys.search'],
  [['c'], 'keys.new'],
  [['j', '↓'], 'keys.next'],
  [['k', '↑'], 'keys.previous'],
  [['Enter'], 'keys.open'],
  [['x'], 'keys.select'],
  [['Del', '#'], 'keys.cancel'],
  [['e'], 'keys.retry'],
  [['s'], 'keys.reschedule'],
  [['f'], 'keys.filter'],
  [[']'], 'keys.older'],
  [['['], 'keys.newer'],
  [['Esc'], 'keys.close'],
  [['p'], 'keys.live'],
  [['t'], 'keys.theme'],
  [['?'], 'keys.help'],
  ...[...VIEWS, 'settings'].map((view) => [[`g ${view[0]}`], 'keys.go', view]),
];

/** Binds keys until the returned function is called. `handlers`: {key: (event) => void}. */
export function bindKeys(handlers) {
  for (const [key, handler] of Object.entries(handlers)) pageKeys.set(key, handler);
  return () => {
    for (const [key, handler] of Object.entries(handlers)) if (pageKeys.get(key) === handler) pageKeys.delete(key);
  };
}

function runHandler(event, key) {
  const handler = pageKeys.get(key) ?? GLOBAL[key];
  if (!handler) return false;
  event.preventDefault();
  handler(event);
  return true;
}

function handleKeyDown(event) {
  if (signedOut.value) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    if (route.peek().dialog !== 'palette') go({ dialog: 'palette' });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.(`${TYPING}, dialog`) || document.querySelector('dialog[open]')) return;
  if (!shortcuts.value && event.key.length === 1) return;
  if (event.key === 'g') {
    prefixPressedAt = event.timeStamp;
    return;
  }
  const sequence =
    prefixPressedAt !== null && event.timeStamp - prefixPressedAt < SEQUENCE_MS ? `g ${event.key}` : event.key;
  prefixPressedAt = null;
  runHandler(event, sequence);
}

export const startKeys = () => document.addEventListener('keydown', handleKeyDown);
