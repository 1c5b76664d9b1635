// One control for each kind of field. A value of undefined means "not given", and such a field is not sent.
import { useState } from 'preact/hooks';
import { parse, stringify, toNumber } from '../lib/json.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { fromWall, toWall } from '../lib/zone.js';

const INPUT_TYPES = { email: 'email', uri: 'url', date: 'date' };

export function textOf(value) {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : stringify(value);
}

/** The default of the field, or an example. */
function placeholderOf({ fallback, example }) {
  if (fallback !== undefined && fallback !== null) return textOf(fallback);
  const one = Array.isArray(example) ? example[0] : example;
  return one === undefined ? '' : t('field.example', { example: textOf(one) });
}

function jsonPlaceholderOf({ fallback, example }) {
  if (fallback !== undefined && fallback !== null) return stringify(fallback);
  return example === undefined ? t('field.json') : stringify(example);
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

/** Not type=number: that rounds 9007199254740993 and hides invalid input. */
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
  const index = options.indexOf(value === undefined ? field.fallback : value);
  return (
    <select
      {...attributes}
      class="input"
      value={String(index)}
      onChange={(event) => set(options[event.currentTarget.value])}
    >
      {index === -1 && <option value="-1">{t('field.none')}</option>}
      {options.map((option, place) => (
        <option key={place} value={String(place)}>
          {textOf(option)}
        </option>
      ))}
    </select>
  );
}

/** Trailing empty lines are dropped. */
function linesOf(text) {
  const lines = text.split('\n').map((line) => line.trim());
  while (lines.length && lines.at(-1) === '') lines.pop();
  return lines;
}

function LinesControl({ field, value, set, attributes }) {
  const numeric = field.schema.items?.type === 'number' || field.schema.items?.type === 'integer';
  const [draft, setDraft] = useState(null); // keeps an unfinished last line while the user types
  const text = draft ?? (Array.isArray(value) ? value.map(textOf).join('\n') : textOf(value));
  const handleInput = (event) => {
    const lines = linesOf(event.currentTarget.value);
    setDraft(event.currentTarget.value);
    set(lines.length ? lines.map((line) => (numeric ? toNumber(line) : line)) : undefined);
  };
  return (
    <textarea
      {...attributes}
      class="input"
      rows={2}
      placeholder={placeholderOf(field)}
      value={text}
      onInput={handleInput}
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
  const handleInput = (event) => {
    const text = event.currentTarget.value;
    setDraft(text);
    try {
      set(text.trim() === '' ? undefined : parse(text));
    } catch {
      set(text); // validation reports it as the wrong type
    }
  };
  const text = draft ?? (value === undefined ? '' : stringify(value, 2));
  return (
    <textarea
      {...attributes}
      class="input mono"
      rows={2}
      spellcheck={false}
      placeholder={jsonPlaceholderOf(field)}
      value={text}
      onInput={handleInput}
      onBlur={() => typeof value !== 'string' && setDraft(null)}
    />
  );
}

export const CONTROLS = {
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
