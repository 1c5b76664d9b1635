import { useId, useState } from 'preact/hooks';
import { serverNow } from '../lib/clock.js';
import { toNumber } from '../lib/json.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { readWhen, writeWhen } from '../lib/when.js';
import { WhenPicker } from '../ui/WhenPicker.jsx';
import { textOf } from './controls.jsx';
import { changeDraft, draft, visibleFaults } from './draft.js';
import { Fields, withField } from './Field.jsx';

function IntegerField({ name, placeholder }) {
  const id = useId();
  const fault = visibleFaults.value.get(name);
  const handleInput = (event) => {
    const text = event.currentTarget.value;
    changeDraft(withField(draft.peek(), name, text === '' ? undefined : toNumber(text)));
  };
  return (
    <div class="field">
      <label class="label" for={id}>
        {t(`create.${name}`)}
      </label>
      <input
        id={id}
        data-path={name}
        inputMode="numeric"
        class="input"
        placeholder={placeholder}
        value={textOf(draft.value[name])}
        aria-invalid={fault ? 'true' : undefined}
        aria-describedby={`${id}-help`}
        onInput={handleInput}
      />
      <p id={`${id}-help`} class={fault ? 'note error-text' : 'note'}>
        {fault ?? t(`create.${name}.help`)}
      </p>
    </div>
  );
}

function WhenField() {
  const [when, setWhen] = useState(() => readWhen(draft.peek(), zone.peek(), serverNow()));
  const set = (next) => {
    setWhen(next);
    const { scheduled_at: _at, delay_seconds: _delay, ...job } = draft.peek();
    changeDraft({ ...job, ...writeWhen(next, zone.peek(), serverNow()).fields });
  };
  const fault = visibleFaults.value.get('scheduled_at') ?? visibleFaults.value.get('delay_seconds');
  return (
    <div class="field-wide" data-path="scheduled_at">
      <WhenPicker when={when} set={set} />
      {fault && <p class="note error-text">{fault}</p>}
    </div>
  );
}

export function Form({ schema }) {
  return (
    <div class="space-y-5">
      <div class="field-grid">
        <Fields
          part={schema}
          root={schema}
          path="payload"
          value={draft.value.payload}
          faults={visibleFaults.value}
          set={(payload) => changeDraft({ ...draft.peek(), payload })}
        />
      </div>
      <div class="field-grid border-t border-line pt-4">
        <WhenField />
        <IntegerField name="priority" placeholder="0" />
        <IntegerField name="max_retries" placeholder="3" />
      </div>
    </div>
  );
}
