// All texts of the dashboard. A translation is a table with the same keys; `key.one` and `key.other` are plural forms.
import { number } from './format.js';
import { en } from './strings.en.js';

const table = { ...en };

/** Adds the texts of a part of the page that is loaded on first use. */
export const addStrings = (words) => Object.assign(table, words);

const plurals = new Intl.PluralRules(globalThis.document?.documentElement.lang || 'en');

const template = (key, n) =>
  table[n === undefined ? key : `${key}.${plurals.select(n)}`] ?? table[`${key}.other`] ?? table[key];

/** t('select.n', {n: 3}) → "3 selected". Intl formats the numbers. */
export function t(key, values = {}) {
  const text = template(key, values.n) ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === 'number' ? number(values[name]) : (values[name] ?? ''),
  );
}

export const has = (key) => key in table;

/** An unknown status, perhaps of a newer API, is shown by its name. */
export const statusLabel = (status) => table[`status.${status}`] ?? status;
export const outcomeLabel = (outcome) => table[`outcome.${outcome ?? 'running'}`] ?? outcome;

/** The message of a Fault: what happened and what to do. */
export function messageOf(fault) {
  if (fault.status === 0) return t(fault.message === 'timeout' ? 'fault.timeout' : 'fault.unreachable');
  const known = t(`fault.${fault.status}`);
  const told = fault.message && !/^HTTP \d+$/.test(fault.message) ? fault.message : null;
  if (told) return told;
  return known.startsWith('fault.') ? t('fault.other', { status: String(fault.status) }) : known;
}
