// Every word the dashboard says. A translation is another table with the same keys; `key.one` and `key.other` are plurals.
import { number } from './format.js';
import { en } from './strings.en.js';

const table = { ...en };

/** The words of a part of the page that is fetched when it is first wanted. */
export const learn = (words) => Object.assign(table, words);

const plurals = new Intl.PluralRules(globalThis.document?.documentElement.lang || 'en');

const template = (key, n) =>
  table[n === undefined ? key : `${key}.${plurals.select(n)}`] ?? table[`${key}.other`] ?? table[key];

/** t('select.n', {n: 3}) → "3 selected". Numbers are written by Intl. */
export function t(key, values = {}) {
  const text = template(key, values.n) ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) =>
    typeof values[name] === 'number' ? number(values[name]) : (values[name] ?? ''),
  );
}

export const has = (key) => key in table;

/** A status that a newer API may have and this page does not know is shown by its own name. */
export const statusWord = (status) => table[`status.${status}`] ?? status;
export const outcomeWord = (outcome) => table[`outcome.${outcome ?? 'running'}`] ?? outcome;

/** A Fault in words: what happened and what to do. */
export function wordsOf(fault) {
  if (fault.status === 0) return t(fault.message === 'timeout' ? 'fault.timeout' : 'fault.unreachable');
  const known = t(`fault.${fault.status}`);
  const told = fault.message && !/^HTTP \d+$/.test(fault.message) ? fault.message : null;
  if (told) return told;
  return known.startsWith('fault.') ? t('fault.other', { status: String(fault.status) }) : known;
}
