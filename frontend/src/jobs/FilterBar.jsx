import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { bindKeys } from '../lib/keys.js';
import { t } from '../lib/strings.js';
import { go, hasFilter, route, setFilter } from '../lib/urlstate.js';
import { Icon } from '../ui/Icon.jsx';
import { Popover } from '../ui/Popover.jsx';
import { chipsOf } from './chips.js';
import { FilterForm } from './FilterForm.jsx';

const TYPING_MS = 250;

function Search() {
  const box = useRef(null);
  const timer = useRef(null);
  useLayoutEffect(() => bindKeys({ '/': () => box.current.focus() }), []);
  // The box follows the URL (back button, removed chip), but not while the user types in it.
  const q = route.value.q ?? '';
  useEffect(() => {
    if (document.activeElement !== box.current) box.current.value = q;
  }, [q]);
  const handleInput = (event) => {
    const text = event.currentTarget.value.trim();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilter({ q: text || undefined }, { replace: true }), TYPING_MS);
  };
  const handleKeyDown = (event) => {
    if (event.key !== 'Escape') return;
    event.currentTarget.value = '';
    handleInput(event);
    event.currentTarget.blur();
  };
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={box}
        type="search"
        class="input"
        aria-label={t('search')}
        placeholder={t('search.hint')}
        defaultValue={q}
        maxLength={200}
        onInput={handleInput}
        onKeyDown={handleKeyDown}
      />
      <kbd class="kbd search-key" aria-hidden="true">
        /
      </kbd>
    </div>
  );
}

function Chip({ label, value, without }) {
  return (
    <li class="chip">
      <span class="faint">{label}</span>
      <span class="chip-value">{value}</span>
      <button
        type="button"
        class="chip-remove"
        aria-label={t('filter.remove', { what: `${label} ${value}` })}
        onClick={() => setFilter(without)}
      >
        <Icon name="cross" />
      </button>
    </li>
  );
}

function AddFilter() {
  const holder = useRef(null);
  useLayoutEffect(() => bindKeys({ f: () => holder.current.querySelector('button').click() }), []);
  return (
    <span ref={holder}>
      <Popover
        name={t('filter.add')}
        label={
          <>
            <Icon name="filter" />
            <span class="wide-only">{t('filter.add')}</span>
          </>
        }
      >
        {(close) => <FilterForm close={close} />}
      </Popover>
    </span>
  );
}

const NO_FILTERS = {
  status: [],
  type: [],
  priority_min: undefined,
  priority_max: undefined,
  scheduled_from: undefined,
  scheduled_to: undefined,
  created_from: undefined,
  created_to: undefined,
  q: undefined,
  cursor: undefined,
};

export function FilterBar() {
  const chips = chipsOf(route.value);
  return (
    <div class="filters">
      <Search />
      <AddFilter />
      {chips.length > 0 && (
        <ul class="chips" aria-label={t('filter.label')}>
          {chips.map((chip) => (
            <Chip key={chip.label + chip.value} {...chip} />
          ))}
        </ul>
      )}
      {hasFilter.value && chips.length > 1 && (
        <button type="button" class="button button-quiet" onClick={() => go(NO_FILTERS)}>
          {t('filter.clear')}
        </button>
      )}
    </div>
  );
}
