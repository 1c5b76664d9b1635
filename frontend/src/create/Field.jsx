// One control for one field of a schema. `value` undefined means "not given", and what is not given is not sent.
import { useId, useState } from 'preact/hooks';
import { parse, stringify, toNumber } from '../lib/json.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { fromWall, toWall } from '../lib/zone.js';
import { ListField, ObjectField } from './Nested.jsx';

const INPUT_TYPES = { email: 'email', uri: 'url', date: 'date' };
const textOf = (value) =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : stringify(value);

/** What it will be when nothing is given; otherwise an example of what could be. */
function placeholderOf({ fallback, example }) {
  if (fallback !== undefined && fallback !== null) return textOf(fallback);
  const one = Array.isArray(example) ? example[0] : example;
  return one === undefined ? '' : t('field.example', { example: textOf(one) });
}

const fromText = (text) => (text === '' ? undefined : text);
const fromNumber = (text) => (text.trim() === '' ? undefined : toNumber(text.trim()));

/** Text stays text unless it starts like a list or an object: ["a@x.org", "b@x.org"]. */
function fromLoose(text) {
  if (!/^\s*[[{]/.test(text)) return fromText(text);
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function StringControl({ field, value, set, attributes }) {
  const read = field.kind === 'loose' ? fromLoose : fromText;
  return (
    <input
      {...attributes}
      type={INPUT_TYPES[field.schema.format] ?? 'text'}
      class="input"
      placeholder={placeholderOf(field)}
      value={textOf(value)}
      onInput={(event) => set(read(event.currentTarget.value))}
    />
  );
}

function TextControl({ field, value, set, attributes }) {
  return (
    <textarea
      {...attributes}
      class="input"
      rows={3}
      placeholder={placeholderOf(field)}
      value={textOf(value)}
      onInput={(event) => set(fromText(event.currentTarget.value))}
    />
  );
}

/** Not type=number: that rounds 9007199254740993 and hides what was typed. */
function NumberControl({ field, value, set, attributes }) {
  return (
    <input
      {...attributes}
      inputMode="decimal"
      class="input"
      placeholder={placeholderOf(field)}
      value={textOf(value)}
      onInput={(event) => set(fromNumber(event.currentTarget.value))}
    />
  );
}

function BooleanControl({ field, value, set, attributes }) {
  return (
    <input
      {...attributes}
      type="checkbox"
      checked={value ?? field.fallback ?? false}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}

function ChoiceControl({ field, value, set, attributes }) {
  const options = field.schema.enum ?? [field.schema.const];
  const shown = value === undefined ? field.fallback : value;
  const place = options.findIndex((option) => option === shown);
  return (
    <select
      {...attributes}
      class="input"
      value={String(place)}
      onChange={(event) => set(options[event.currentTarget.value])}
    >
      {place === -1 && <option value="-1">{t('field.none')}</option>}
      {options.map((option, index) => (
        <option key={index} value={String(index)}>
          {textOf(option)}
        </option>
      ))}
    </select>
  );
}

function LinesControl({ field, value, set, attributes }) {
  const numeric = field.schema.items?.type === 'number' || field.schema.items?.type === 'integer';
  const read = (text) => {
    const lines = text.split('\n').map((line) => line.trim());
    while (lines.length && lines.at(-1) === '') lines.pop();
    return lines.length ? lines.map((line) => (numeric ? toNumber(line) : line)) : undefined;
  };
  const [draft, setDraft] = useState(null); // an unfinished last line must not vanish under the cursor
  const text = draft ?? (Array.isArray(value) ? value.map(textOf).join('\n') : textOf(value));
  return (
    <textarea
      {...attributes}
      class="input"
      rows={2}
      placeholder={placeholderOf(field)}
      value={text}
      onInput={(event) => {
        setDraft(event.currentTarget.value);
        set(read(event.currentTarget.value));
      }}
      onBlur={() => setDraft(null)}
    />
  );
}

function MomentControl({ value, set, attributes }) {
  const wall = value && !Number.isNaN(Date.parse(value)) ? toWall(Date.parse(value), zone.value) : '';
  const read = (text) => (text ? new Date(fromWall(text, zone.value).instant).toISOString() : undefined);
  return (
    <input
      {...attributes}
      type="datetime-local"
      class="input"
      value={wall}
      onChange={(event) => set(read(event.currentTarget.value))}
    />
  );
}

function JsonControl({ field, value, set, attributes }) {
  const [draft, setDraft] = useState(null);
  const typed = (event) => {
    const text = event.currentTarget.value;
    setDraft(text);
    try {
      set(text.trim() === '' ? undefined : parse(text));
    } catch {
      set(text); // the schema's own sentence says what it should have been
    }
  };
  const text = draft ?? (value === undefined ? '' : stringify(value, 2));
  return (
    <textarea
      {...attributes}
      class="input mono"
      rows={2}
      spellcheck={false}
      placeholder={
        field.fallback == null
          ? field.example === undefined
            ? t('field.json')
            : stringify(field.example)
          : stringify(field.fallback)
      }
      value={text}
      onInput={typed}
      onBlur={() => typeof value !== 'string' && setDraft(null)}
    />
  );
}

const CONTROLS = {
  string: StringControl,
  loose: StringControl,
  text: TextControl,
  integer: NumberControl,
  number: NumberControl,
  boolean: BooleanControl,
  choice: ChoiceControl,
  lines: LinesControl,
  moment: MomentControl,
  json: JsonControl,
};

/** `faults`: Map field path → message. `path`: "payload.to". */
export function Field({ field, value, set, path, faults, root }) {
  const id = useId();
  const common = { field, value, set, path, faults, root };
  if (field.kind === 'object') return <ObjectField {...common} />;
  if (field.kind === 'list') return <ListField {...common} />;
  const Control = CONTROLS[field.kind];
  const fault = faults.get(path) ?? [...faults].find(([name]) => name.startsWith(`${path}.`))?.[1];
  const described = [field.help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const attributes = {
    id,
    'aria-describedby': described,
    'aria-invalid': fault ? 'true' : undefined,
    'aria-required': field.required || undefined,
    'data-path': path,
  };
  const label = (
    <label class={field.kind === 'boolean' ? '' : 'label'} for={id}>
      {field.kind === 'lines' ? t('field.values', { name: field.title }) : field.title}
      {!field.required && <span class="faint font-normal"> · {t('field.optional')}</span>}
    </label>
  );
  const control = <Control field={field} value={value} set={set} attributes={attributes} />;
  return (
    <div class={`field ${field.kind === 'text' || field.kind === 'json' ? 'field-wide' : ''}`}>
      {field.kind === 'boolean' ? (
        <div class="check">
          {control}
          {label}
        </div>
      ) : (
        <>
          {label}
          {control}
        </>
      )}
      {field.help && (
        <p id={`${id}-help`} class="note">
          {field.help}
        </p>
      )}
      {fault && (
        <p id={`${id}-fault`} class="note error-text">
          {field.title} {fault}
        </p>
      )}
    </div>
  );
}
