// Fields inside fields: an object is a group, a list of objects a row of groups.
import { t } from '../lib/strings.js';
import { fieldsOf } from '../schema/fields.js';
import { simplify } from '../schema/resolve.js';
import { Icon } from '../ui/Icon.jsx';
import { Field } from './Field.jsx';

/** A copy with one field set, or without it when there is no value. */
export function withField(object, name, value) {
  const { [name]: _, ...others } = object ?? {};
  if (value === undefined) return others;
  return name in (object ?? {}) ? { ...object, [name]: value } : { ...others, [name]: value };
}

const asObject = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});

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

export function ObjectField({ field, value, set, path, faults, root }) {
  return (
    <fieldset class="field-wide group-box">
      <legend class="label">{field.title}</legend>
      {field.help && <p class="note">{field.help}</p>}
      <div class="field-grid">
        <Fields part={field.schema} value={value} set={set} path={path} faults={faults} root={root} />
      </div>
    </fieldset>
  );
}

export function ListField({ field, value, set, path, faults, root }) {
  const items = Array.isArray(value) ? value : [];
  const part = simplify(field.schema.items, root).schema;
  const change = (place, inner) => set(items.map((item, index) => (index === place ? inner : item)));
  const remove = (place) => set(items.length > 1 ? items.filter((_, index) => index !== place) : undefined);
  return (
    <fieldset class="field-wide group-box" data-path={path} tabIndex={-1}>
      <legend class="label">
        {field.title}
        {!field.required && <span class="faint font-normal"> · {t('field.optional')}</span>}
      </legend>
      {field.help && <p class="note">{field.help}</p>}
      {faults.get(path) && (
        <p class="note error-text">
          {field.title} {faults.get(path)}
        </p>
      )}
      {items.map((item, place) => (
        <div
          key={place}
          class="group-item"
          role="group"
          aria-label={t('field.item', { name: field.title, number: place + 1 })}
        >
          <div class="field-grid grow">
            <Fields
              part={part}
              value={item}
              set={(inner) => change(place, inner)}
              path={`${path}.${place}`}
              faults={faults}
              root={root}
            />
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={t('field.remove', { what: t('field.item', { name: field.title, number: place + 1 }) })}
            onClick={() => remove(place)}
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
      <button type="button" class="button button-quiet" onClick={() => set([...items, {}])}>
        <Icon name="plus" />
        {t('field.add')}
      </button>
    </fieldset>
  );
}
