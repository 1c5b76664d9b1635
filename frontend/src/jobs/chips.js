// The active filters as labels, each with the change that removes it.
import { moment } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { statusLabel, t } from '../lib/strings.js';
import { isRelative } from '../lib/timespan.js';

const SPANS = { '15m': 'span.15m', '1h': 'span.1h', '24h': 'span.24h', '7d': 'span.7d' };
export const spanLabel = (span) => (SPANS[span] ? t(SPANS[span]) : span);

function edgeLabel(text) {
  if (!text) return '…';
  return isRelative(text) ? text : moment(Date.parse(text), zone.value);
}

function timeRangeLabel(from, to) {
  if (from && isRelative(from) && from[0] === '-' && !to) return t('filter.last', { span: spanLabel(from.slice(1)) });
  if (to && isRelative(to) && to[0] === '+') return t('filter.next', { span: spanLabel(to.slice(1)) });
  return `${edgeLabel(from)} – ${edgeLabel(to)}`;
}

function rangeLabel(min, max) {
  if (min && max) return min === max ? min : `${min} – ${max}`;
  return min ? `≥ ${min}` : `≤ ${max}`;
}

/** → [{label, value, without}] in the order of the filter form. */
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
  each('status', statusLabel);
  each('type', (type) => type);
  if (route.priority_min || route.priority_max) {
    const value = rangeLabel(route.priority_min, route.priority_max);
    chips.push({ label: t('filter.priority'), value, without: { priority_min: undefined, priority_max: undefined } });
  }
  for (const name of ['scheduled', 'created']) {
    const [from, to] = [route[`${name}_from`], route[`${name}_to`]];
    if (!from && !to) continue;
    chips.push({
      label: t(`filter.${name}`),
      value: timeRangeLabel(from, to),
      without: { [`${name}_from`]: undefined, [`${name}_to`]: undefined },
    });
  }
  if (route.q) chips.push({ label: t('filter.q'), value: route.q, without: { q: undefined } });
  return chips;
}
