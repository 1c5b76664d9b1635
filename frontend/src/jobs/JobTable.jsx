import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { absoluteTimes } from '../lib/prefs.js';
import { hasRole } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { DEFAULT_SORT, route, setFilter } from '../lib/urlstate.js';
import { isInteracting, isStale } from '../state/jobs.js';
import { selected, selectPage } from '../state/selection.js';
import { Icon } from '../ui/Icon.jsx';
import { COLUMNS, visibleColumns } from './columns.jsx';
import { JobRow } from './JobRow.jsx';
import { bindTableKeys } from './tableKeys.js';

const SKELETON_ROWS = 12;
const sorting = () => route.value.sort ?? DEFAULT_SORT;

function directionOf(name) {
  if (sorting() === name) return 'ascending';
  return sorting() === `-${name}` ? 'descending' : undefined;
}

function SortHead({ name, numeric }) {
  const direction = directionOf(name);
  const next = direction === 'descending' ? name : `-${name}`;
  return (
    <th
      role="columnheader"
      scope="col"
      class={`col-${name} ${numeric ? 'numeric' : ''}`}
      aria-sort={direction ?? 'none'}
    >
      <button type="button" class="sort" onClick={() => setFilter({ sort: next })}>
        {t(`col.${name}`)}
        <Icon name={direction === 'ascending' ? 'up' : 'down'} class={direction ? '' : 'sort-idle'} />
      </button>
    </th>
  );
}

function PlainHead({ name, numeric }) {
  return (
    <th role="columnheader" scope="col" class={`col-${name} ${numeric ? 'numeric' : ''}`}>
      {t(`col.${name}`)}
    </th>
  );
}

function SelectPage({ rows }) {
  const count = rows?.filter((job) => selected.value.has(job.id)).length ?? 0;
  const all = count > 0 && count === rows.length;
  return (
    <th role="columnheader" class="col-select">
      <input
        type="checkbox"
        aria-label={t('table.select.page')}
        checked={all}
        disabled={!rows}
        indeterminate={count > 0 && !all}
        onChange={() => selectPage(rows, !all)}
      />
    </th>
  );
}

function Skeleton({ width }) {
  return Array.from({ length: SKELETON_ROWS }, (_, index) => (
    <tr key={index} role="row" class="job-row skeleton-row" aria-hidden="true">
      {Array.from({ length: width }, (_, column) => (
        <td key={column} role="cell">
          <span class="skeleton" />
        </td>
      ))}
    </tr>
  ));
}

/** `rows`: jobs, or null while the first page is loading. */
export function JobTable({ rows }) {
  const names = visibleColumns();
  const active = useSignal(null); // the id of the row in the tab order; arrow keys move it
  const body = useRef(null);
  useLayoutEffect(() => bindTableKeys(body, active), [active]); // the keys work as soon as the rows are visible
  const first = rows?.[0]?.id;
  const reachable = rows?.some((job) => job.id === active.value) ? active.value : first;
  return (
    <table
      role="table"
      class={`jobs ${isStale.value ? 'is-old' : ''} ${absoluteTimes.value ? 'times-absolute' : ''}`}
      aria-busy={!rows}
    >
      <caption class="sr-only">{t('table.caption', { column: t(`col.${sorting().replace('-', '')}`) })}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {hasRole('operator') && <SelectPage rows={rows} />}
          {names.map((name) => {
            const Head = COLUMNS[name].sort ? SortHead : PlainHead;
            return <Head key={name} name={name} numeric={COLUMNS[name].numeric} />;
          })}
          <th role="columnheader" scope="col" class="col-actions">
            <span class="sr-only">{t('col.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody
        role="rowgroup"
        ref={body}
        onPointerEnter={(event) => {
          if (event.pointerType === 'mouse') isInteracting.value = true;
        }}
        onPointerLeave={() => (isInteracting.value = false)}
        onFocusIn={(event) => {
          active.value = event.target.closest('tr').dataset.id;
          isInteracting.value = true;
        }}
        onFocusOut={() => (isInteracting.value = false)}
      >
        {rows ? (
          rows.map((job) => (
            <JobRow key={job.id} job={job} names={names} rows={rows} reachable={job.id === reachable} />
          ))
        ) : (
          <Skeleton width={names.length + (hasRole('operator') ? 2 : 1)} />
        )}
      </tbody>
    </table>
  );
}
