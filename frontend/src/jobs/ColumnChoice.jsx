import { columns } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { Icon } from '../ui/Icon.jsx';
import { Popover } from '../ui/Popover.jsx';
import { COLUMNS, DEFAULT_COLUMNS, FIXED_COLUMNS } from './columns.jsx';

const CHOICES = Object.keys(COLUMNS).filter((name) => !FIXED_COLUMNS.includes(name));

function toggle(name) {
  const wanted = columns.value ?? DEFAULT_COLUMNS;
  columns.value = wanted.includes(name) ? wanted.filter((other) => other !== name) : [...wanted, name];
}

export function ColumnChoice() {
  return (
    <Popover
      name={t('table.columns')}
      buttonClass="button button-quiet wide-only"
      align="end"
      label={
        <>
          <Icon name="columns" />
          {t('table.columns')}
        </>
      }
    >
      {CHOICES.map((name) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={(columns.value ?? DEFAULT_COLUMNS).includes(name)}
            onChange={() => toggle(name)}
          />
          {t(`col.${name}`)}
        </label>
      ))}
    </Popover>
  );
}
