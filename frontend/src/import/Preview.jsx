import { useSignal } from '@preact/signals';
import { moment } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { types } from '../state/types.js';
import { Icon } from '../ui/Icon.jsx';
import { Editor } from './Editor.jsx';
import { progressOf } from './plan.js';
import { RowTable } from './RowTable.jsx';
import {
  defaultType,
  earlierPlan,
  file,
  invalidRows,
  reset,
  resume,
  rows,
  setDefaultType,
  skippedRows,
  start,
  validRows,
} from './state.js';

function ImportedBefore() {
  if (!earlierPlan.value) return null;
  const { finishedAt, startedAt } = earlierPlan.value;
  const progress = progressOf(earlierPlan.value);
  return (
    <div class="banner">
      <Icon name="warn" />
      <span class="grow">{t('import.again', { ...progress, time: moment(finishedAt ?? startedAt, zone.value) })}</span>
      {finishedAt === null && (
        <button type="button" class="button button-primary" onClick={() => resume(earlierPlan.value)}>
          {t('import.resume')}
        </button>
      )}
    </div>
  );
}

function DefaultType() {
  const untyped = rows.value.some(
    (row) => row.job && (row.job.type === undefined || row.job.type === '' || row.job.type === defaultType.value),
  );
  if (!untyped) return null;
  return (
    <label class="flex flex-wrap items-center gap-2 text-[13px]">
      <span class="muted">{t('import.type')}</span>
      <select
        class="input w-auto"
        value={defaultType.value}
        onChange={(event) => setDefaultType(event.currentTarget.value)}
      >
        <option value="">{t('field.none')}</option>
        {types.value?.map(({ type }) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
    </label>
  );
}

/** All rows of the file, before any job is created. */
export function Preview() {
  const onlyBad = useSignal(false);
  const editing = useSignal(null);
  const shown = onlyBad.value && invalidRows.value.length ? invalidRows.value : rows.value;
  return (
    <>
      <ImportedBefore />
      <div class="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <strong>{file.value.name}</strong>
        <span role="status" class="flex flex-wrap gap-x-3">
          <span class="muted">{t('import.rows', { n: rows.value.length })}</span>
          <span class="ok-text">{t('import.ok', { n: validRows.value.length })}</span>
          {invalidRows.value.length > 0 && (
            <span class="error-text">{t('import.bad', { n: invalidRows.value.length })}</span>
          )}
          {skippedRows.value.length > 0 && (
            <span class="faint">{t('import.skipped', { n: skippedRows.value.length })}</span>
          )}
        </span>
        {invalidRows.value.length > 0 && (
          <label class="check text-[13px]">
            <input
              type="checkbox"
              checked={onlyBad.value}
              onChange={(event) => (onlyBad.value = event.currentTarget.checked)}
            />
            {t('import.show.bad')}
          </label>
        )}
        <DefaultType />
        <span class="ml-auto flex gap-2">
          <button type="button" class="button" onClick={reset}>
            {t('import.discard')}
          </button>
          <button type="button" class="button button-primary" disabled={validRows.value.length === 0} onClick={start}>
            {t('import.go', { n: validRows.value.length })}
          </button>
        </span>
      </div>
      <RowTable key={String(onlyBad.value)} rows={shown} edit={(row) => (editing.value = row)} />
      {editing.value && <Editor row={editing.value} onClose={() => (editing.value = null)} />}
    </>
  );
}
