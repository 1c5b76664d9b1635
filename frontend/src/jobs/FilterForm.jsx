import { useId } from 'preact/hooks';
import { zone } from '../lib/prefs.js';
import { STATUSES } from '../lib/statuses.js';
import { statusLabel, t } from '../lib/strings.js';
import { isRelative } from '../lib/timespan.js';
import { route, setFilter } from '../lib/urlstate.js';
import { fromWall, resolveZone, toWall } from '../lib/zone.js';
import { typeNames } from '../state/stats.js';
import { spanLabel } from './chips.js';

const PAST = ['15m', '1h', '24h', '7d'];
const AHEAD = ['1h', '24h', '7d'];

function Choices({ name, values, word }) {
  const selected = route.value[name];
  const toggle = (value) =>
    setFilter({
      [name]: selected.includes(value) ? selected.filter((other) => other !== value) : [...selected, value],
    });
  return (
    <fieldset>
      <legend class="label">{t(`filter.${name}`)}</legend>
      <div class="flex flex-wrap gap-1">
        {values.map((value) => (
          <label key={value} class="pill">
            <input type="checkbox" class="sr-only" checked={selected.includes(value)} onChange={() => toggle(value)} />
            {word(value)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Bound({ name, word }) {
  return (
    <label class="grow text-sm">
      <span class="faint">{word}</span>
      <input
        type="number"
        class="input"
        min={-512}
        max={511}
        step={1}
        value={route.value[name] ?? ''}
        onChange={(event) => setFilter({ [name]: event.currentTarget.value || undefined })}
      />
    </label>
  );
}

const wallOf = (text) => (text && !isRelative(text) ? toWall(Date.parse(text), zone.value) : '');
const instantOf = (wall) => (wall ? new Date(fromWall(wall, zone.peek()).instant).toISOString() : undefined);

function TimeRange({ name }) {
  const group = useId();
  const [from, to] = [route.value[`${name}_from`], route.value[`${name}_to`]];
  const set = (nextFrom, nextTo) => setFilter({ [`${name}_from`]: nextFrom, [`${name}_to`]: nextTo });
  const presets = [
    ...PAST.map((span) => [t('filter.last', { span: spanLabel(span) }), `-${span}`, undefined]),
    ...(name === 'scheduled'
      ? AHEAD.map((span) => [t('filter.next', { span: spanLabel(span) }), '+0m', `+${span}`])
      : []),
  ];
  return (
    <fieldset>
      <legend class="label">{t(`filter.${name}`)}</legend>
      <div class="flex flex-wrap gap-1">
        {[[t('filter.any'), undefined, undefined], ...presets].map(([word, start, end]) => (
          <label key={word} class="pill">
            <input
              type="radio"
              name={group}
              class="sr-only"
              checked={from === start && to === end}
              onChange={() => set(start, end)}
            />
            {word}
          </label>
        ))}
      </div>
      <div class="mt-2 grid grid-cols-2 gap-2">
        {[
          ['from', from, (at) => set(at, to)],
          ['to', to, (at) => set(from, at)],
        ].map(([edge, value, change]) => (
          <label key={edge} class="text-sm">
            <span class="faint">{t(`filter.${edge}`)}</span>
            <input
              type="datetime-local"
              class="input"
              value={wallOf(value)}
              onChange={(event) => change(instantOf(event.currentTarget.value))}
            />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function FilterForm({ close }) {
  const unknown = route.value.type.filter((name) => !typeNames.value.includes(name));
  return (
    <div class="filter-form">
      <Choices name="status" values={STATUSES} word={statusLabel} />
      <Choices name="type" values={[...typeNames.value, ...unknown]} word={(type) => type} />
      <fieldset>
        <legend class="label">{t('filter.priority')}</legend>
        <div class="flex gap-2">
          <Bound name="priority_min" word={t('filter.min')} />
          <Bound name="priority_max" word={t('filter.max')} />
        </div>
      </fieldset>
      <TimeRange name="scheduled" />
      <TimeRange name="created" />
      <p class="note">{t('filter.zone', { zone: resolveZone(zone.value) })}</p>
      <button type="button" class="button w-full" onClick={close}>
        {t('close')}
      </button>
    </div>
  );
}
