import { useId } from 'preact/hooks';
import { now } from '../lib/clock.js';
import { fullMoment, relative } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { UNITS, writeWhen } from '../lib/when.js';
import { ZoneSelect } from './DisplaySettings.jsx';

const MODES = ['now', 'in', 'at'];

function At({ when, set, id }) {
  return (
    <div class="grid gap-2 sm:grid-cols-2">
      <input
        id={id}
        type="datetime-local"
        class="input"
        aria-label={t('create.at')}
        value={when.wall}
        onInput={(event) => set({ ...when, wall: event.currentTarget.value })}
      />
      <span>
        <label class="sr-only" for={`${id}-zone`}>
          {t('zone')}
        </label>
        <ZoneSelect id={`${id}-zone`} />
      </span>
    </div>
  );
}

function In({ when, set, id }) {
  return (
    <div class="flex gap-2">
      <input
        id={id}
        type="number"
        class="input max-w-32"
        min={0}
        step="any"
        aria-label={t('create.in')}
        value={when.amount}
        onInput={(event) => set({ ...when, amount: event.currentTarget.valueAsNumber })}
      />
      <select
        class="input max-w-40"
        aria-label={t('unit.label')}
        value={when.unit}
        onChange={(event) => set({ ...when, unit: event.currentTarget.value })}
      >
        {Object.keys(UNITS).map((unit) => (
          <option key={unit} value={unit}>
            {t(`unit.${unit}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The resulting time, written out with its zone. */
function ResolvedTime({ when }) {
  const { instant, note } = writeWhen(when, zone.value, now.value);
  if (when.mode === 'now') return null;
  if (instant === null) return <p class="note error-text">{t('when.none')}</p>;
  const time = fullMoment(instant, zone.value);
  return (
    <p class="note" aria-live="polite">
      {t('when.spelled', { time, relative: relative(instant, now.value) })} {note && t(`when.${note}`, { time })}{' '}
      {instant < now.value - 60_000 && t('when.past')}
    </p>
  );
}

export function WhenPicker({ when, set, modes = MODES }) {
  const id = useId();
  return (
    <fieldset class="space-y-2">
      <legend class="label">{t('create.when')}</legend>
      <div class="segments">
        {modes.map((mode) => (
          <label key={mode} class="segment">
            <input
              type="radio"
              name={`${id}-mode`}
              class="sr-only"
              checked={when.mode === mode}
              onChange={() => set({ ...when, mode })}
            />
            {t(`create.${mode}`)}
          </label>
        ))}
      </div>
      {when.mode === 'at' && <At when={when} set={set} id={id} />}
      {when.mode === 'in' && <In when={when} set={set} id={id} />}
      <ResolvedTime when={when} />
    </fieldset>
  );
}
