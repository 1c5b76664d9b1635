// One field of a schema: a control with its label, help and fault, a group of fields, or a list of groups.
import { useId } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { fieldsOf } from '../schema/fields.js';
import { simplify } from '../schema/resolve.js';
import { Icon } from '../ui/Icon.jsx';
import { CONTROLS } from './controls.jsx';

/** A copy of the object with one field set, or removed when the value is undefined. */
export function withField(object, name, value) {
  const { [name]: _, ...others } = object ?? {};
  if (value === undefined) return others;
  return name in (object ?? {}) ? { ...object, [name]: value } : { ...others, [name]: value };
}

const asObject = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});

function Optional({ field }) {
  return !field.required && <span class="faint font-normal"> · {t('field.optional')}</span>;
}

/** All fields of an object schema. `faults`: Map field path → message. `path`: "payload.to". */
export function Fields({ part, value, set, path, faults, root }) {
  const object = asObject(value);
  return fieldsOf(part, root).map((field) => (
    <Field
      key={field.name}
      field={field}
      value={object[field.name]}
      path={`${path}.${field.name}`}
      faults={faults}
      root={root}
      set={(inner) => set(withField(object, field.name, inner))}
    />
  ));
}

function ObjectField({ field, ...props }) {
  return (
    <fieldset class="field-wide group-box">
      <legend class="label">{field.title}</legend>
      {field.help && <p class="note">{field.help}</p>}
      <div class="field-grid">
        <Fields part={field.schema} {...props} />
      </div>
    </fieldset>
  );
}

function ListItem({ name, remove, ...props }) {
  return (
    <div class="group-item" role="group" aria-label={name}>
      <div class="field-grid grow">
        <Fields {...props} />
      </div>
      <button type="button" class="icon-button" aria-label={t('field.remove', { what: name })} onClick={remove}>
        <Icon name="cross" />
      </button>
    </div>
  );
}

function ListField({ field, value, set, path, faults, root }) {
  const items = Array.isArray(value) ? value : [];
  const part = simplify(field.schema.items, root).schema;
  const change = (index, inner) => set(items.with(index, inner));
  const remove = (index) => set(items.length > 1 ? items.toSpliced(index, 1) : undefined);
  return (
    <fieldset class="field-wide group-box" data-path={path} tabIndex={-1}>
      <legend class="label">
        {field.title}
        <Optional field={field} />
      </legend>
      {field.help && <p class="note">{field.help}</p>}
      {faults.get(path) && (
        <p class="note error-text">
          {field.title} {faults.get(path)}
        </p>
      )}
      {items.map((item, index) => (
        <ListItem
          key={index}
          name={t('field.item', { name: field.title, number: index + 1 })}
          part={part}
          value={item}
          set={(inner) => change(index, inner)}
          remove={() => remove(index)}
          path={`${path}.${index}`}
          faults={faults}
          root={root}
        />
      ))}
      <button type="button" class="button button-quiet" onClick={() => set([...items, {}])}>
        <Icon name="plus" />
        {t('field.add')}
      </button>
    </fieldset>
  );
}

/** The fault of the field itself, else of anything inside it. */
const faultAt = (faults, path) => faults.get(path) ?? [...faults].find(([name]) => name.startsWith(`${path}.`))?.[1];

function ControlField({ field, value, set, path, faults }) {
  const id = useId();
  const Control = CONTROLS[field.kind];
  const isCheckbox = field.kind === 'boolean';
  const fault = faultAt(faults, path);
  const attributes = {
    id,
    'aria-describedby': [field.help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined,
    'aria-invalid': fault ? 'true' : undefined,
    'aria-required': field.required || undefined,
    'data-path': path,
  };
  const label = (
    <label class={isCheckbox ? '' : 'label'} for={id}>
      {field.kind === 'lines' ? t('field.values', { name: field.title }) : field.title}
      <Optional field={field} />
    </label>
  );
  const control = <Control field={field} value={value} set={set} attributes={attributes} />;
  return (
    <div class={`field ${field.kind === 'text' || field.kind === 'json' ? 'field-wide' : ''}`}>
      {isCheckbox ? (
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

const COMPOUND = { object: ObjectField, list: ListField };

function Field(props) {
  const Kind = COMPOUND[props.field.kind] ?? ControlField;
  return <Kind {...props} />;
}
