import { useState } from 'preact/hooks';
import { duration, fullMoment } from '../lib/format.js';
import { plain, stringify } from '../lib/json.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { Icon } from '../ui/Icon.jsx';
import { updateRow } from './state.js';

const PAGE = 50;
const MAX_LENGTH = 140;

function whenOf({ scheduled_at: at, delay_seconds: delay }) {
  if (at) return Number.isNaN(Date.parse(at)) ? String(at) : fullMoment(Date.parse(at), zone.value);
  return delay ? `+${duration(plain(delay) * 1000)}` : t('import.now');
}

function Row({ row, edit }) {
  const faults = row.faults.map(({ field, message }) => `${field} ${message}`.trim()).join('; ');
  const job = row.job ?? {};
  return (
    <tr class={row.skipped ? 'row-left' : ''} data-line={row.line}>
      <th scope="row" class="numeric">
        {row.line}
      </th>
      <td class="font-medium">{typeof job.type === 'string' ? job.type : '–'}</td>
      <td class="import-payload">
        {faults && !row.skipped && <span class="error-text block">{faults}</span>}
        <span class="preview block truncate">
          {(row.unreadable ? row.text : stringify(job.payload ?? {})).slice(0, MAX_LENGTH)}
        </span>
      </td>
      <td class="muted wide-only">{row.unreadable ? '–' : whenOf(job)}</td>
      <td class="whitespace-nowrap text-right">
        <button
          type="button"
          class="button button-quiet"
          aria-label={t('import.edit', { line: row.line })}
          onClick={() => edit(row)}
        >
          <Icon name="edit" />
          <span class="wide-only">{t('import.edit.short')}</span>
        </button>
        <button
          type="button"
          class="button button-quiet"
          aria-label={t(row.skipped ? 'import.back' : 'import.skip.line', { line: row.line })}
          onClick={() => updateRow(row.line, { skipped: !row.skipped })}
        >
          <Icon name={row.skipped ? 'plus' : 'cross'} />
          <span class="wide-only">{t(row.skipped ? 'import.back.short' : 'import.skip')}</span>
        </button>
      </td>
    </tr>
  );
}

export function RowTable({ rows, edit }) {
  const [page, setPage] = useState(0);
  const from = Math.min(page * PAGE, Math.max(0, Math.floor((rows.length - 1) / PAGE) * PAGE));
  const part = rows.slice(from, from + PAGE);
  return (
    <>
      <div class="card overflow-x-auto" tabIndex={0} role="group" aria-label={t('import.title')}>
        <table class="import-table">
          <thead>
            <tr>
              <th scope="col" class="numeric">
                {t('import.line')}
              </th>
              <th scope="col">{t('col.type')}</th>
              <th scope="col">{t('create.payload')}</th>
              <th scope="col" class="wide-only">
                {t('import.when')}
              </th>
              <th scope="col">
                <span class="sr-only">{t('col.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {part.map((row) => (
              <Row key={row.line} row={row} edit={edit} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > PAGE && (
        <nav class="pager" aria-label={t('page.label')}>
          <span class="note">{t('import.page', { from: from + 1, to: from + part.length, total: rows.length })}</span>
          <button type="button" class="button" disabled={from === 0} onClick={() => setPage(page - 1)}>
            <Icon name="left" />
            {t('page.newer')}
          </button>
          <button type="button" class="button" disabled={from + PAGE >= rows.length} onClick={() => setPage(page + 1)}>
            {t('page.older')}
            <Icon name="right" />
          </button>
        </nav>
      )}
    </>
  );
}
