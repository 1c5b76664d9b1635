import { useSignal } from '@preact/signals';
import { moment } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { types } from '../state/types.js';
import { Icon } from '../ui/Icon.jsx';
import { Editor } from './Editor.jsx';
import { progressOf } from './plan.js';
import { RowTable } from './RowTable.jsx';
import { bad, defaultType, earlier, file, good, reset, resume, rows, setDefaultType, skipped, start } from './state.js';

function Again() {
  if (!earlier.value) return null;
  const { finishedAt, startedAt } = earlier.value;
  const progress = progressOf(earlier.value);
  return (
    <div class="banner">
      <Icon name="warn" />
      <span class="grow">{t('import.again', { ...progress, time: moment(finishedAt ?? startedAt, zone.value) })}</span>
      {finishedAt === null && (
        <button type="button" class="button button-primary" onClick={() => resume(earlier.value)}>
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

/** Everything that the file holds, before anything of it is created. */
export function Preview() {
  const onlyBad = useSignal(false);
  const editing = useSignal(null);
  const shown = onlyBad.value && bad.value.length ? bad.value : rows.value;
  return (
    <>
      <Again />
      <div class="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <strong>{file.value.name}</strong>
        <span role="status" class="flex flex-wrap gap-x-3">
          <span class="muted">{t('import.rows', { n: rows.value.length })}</span>
          <span class="ok-text">{t('import.ok', { n: good.value.length })}</span>
          {bad.value.length > 0 && <span class="error-text">{t('import.bad', { n: bad.value.length })}</span>}
          {skipped.value.length > 0 && <span class="faint">{t('import.skipped', { n: skipped.value.length })}</span>}
        </span>
        {bad.value.length > 0 && (
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
          <button type="button" class="button button-primary" disabled={good.value.length === 0} onClick={start}>
            {t('import.go', { n: good.value.length })}
          </button>
        </span>
      </div>
      <RowTable key={String(onlyBad.value)} rows={shown} edit={(row) => (editing.value = row)} />
      {editing.value && <Editor row={editing.value} onClose={() => (editing.value = null)} />}
    </>
  );
}
