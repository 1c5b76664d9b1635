// The filters of a view in words, each with the change that removes it.
import { moment } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { statusWord, t } from '../lib/strings.js';
import { isRelative } from '../lib/timespan.js';

const SPANS = { '15m': 'span.15m', '1h': 'span.1h', '24h': 'span.24h', '7d': 'span.7d' };
export const spanWords = (span) => (SPANS[span] ? t(SPANS[span]) : span);

function edgeWord(text) {
  if (!text) return '…';
  return isRelative(text) ? text : moment(Date.parse(text), zone.value);
}

function timeWords(from, to) {
  if (from && isRelative(from) && from[0] === '-' && !to) return t('filter.last', { span: spanWords(from.slice(1)) });
  if (to && isRelative(to) && to[0] === '+') return t('filter.next', { span: spanWords(to.slice(1)) });
  return `${edgeWord(from)} – ${edgeWord(to)}`;
}

function rangeWords(min, max) {
  if (min && max) return min === max ? min : `${min} – ${max}`;
  return min ? `≥ ${min}` : `≤ ${max}`;
}

/** → [{label, value, without}] in the order that the filter form has. */
export function chipsOf(route) {
  const chips = [];
  const each = (name, word) => {
    for (const value of route[name]) {
      chips.push({
        label: t(`filter.${name}`),
        value: word(value),
        without: { [name]: route[name].filter((other) => other !== value) },
      });
    }
  };
  each('status', statusWord);
  each('type', (type) => type);
  if (route.priority_min || route.priority_max) {
    const value = rangeWords(route.priority_min, route.priority_max);
    chips.push({ label: t('filter.priority'), value, without: { priority_min: undefined, priority_max: undefined } });
  }
  for (const name of ['scheduled', 'created']) {
    const [from, to] = [route[`${name}_from`], route[`${name}_to`]];
    if (!from && !to) continue;
    chips.push({
      label: t(`filter.${name}`),
      value: timeWords(from, to),
      without: { [`${name}_from`]: undefined, [`${name}_to`]: undefined },
    });
  }
  if (route.q) chips.push({ label: t('filter.q'), value: route.q, without: { q: undefined } });
  return chips;
}
