import { useLayoutEffect } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { filtered, route } from '../lib/urlstate.js';
import { listState, searched, shown, showWaiting, waiting, watchJobs } from '../state/jobs.js';
import { StatusStrip } from '../ui/StatusStrip.jsx';
import { BulkBar } from './BulkBar.jsx';
import { ColumnChoice } from './ColumnChoice.jsx';
import { Due } from './Due.jsx';
import { Empty } from './Empty.jsx';
import { FilterBar } from './FilterBar.jsx';
import { JobTable } from './JobTable.jsx';
import { Pager } from './Pager.jsx';

function Waiting() {
  if (!waiting.value) return null;
  return (
    <button
      type="button"
      class="waiting"
      onClick={() => {
        showWaiting();
        scrollTo({ top: 0 });
      }}
    >
      {t('waiting', { n: waiting.value })}
      <strong>{t('waiting.show')}</strong>
    </button>
  );
}

function Body() {
  const state = listState.value;
  if (state === 'refused') return <Empty kind="refused" />;
  if (state === 'shown' && shown.value.length === 0 && !route.value.cursor)
    return <Empty kind={filtered.value ? 'filtered' : 'none'} />;
  return (
    <>
      <div class="card table-card">
        <Waiting />
        <JobTable rows={state === 'shown' ? shown.value : null} />
      </div>
      <Pager />
    </>
  );
}

export function JobsPage() {
  useLayoutEffect(() => watchJobs(), []); // before the first poll, so that the rows come with it
  return (
    <>
      <h1 class="sr-only">{t('view.jobs')}</h1>
      <StatusStrip />
      <div class="toolbar">
        <FilterBar />
        <div class="toolbar-end">
          <Due />
          <ColumnChoice />
        </div>
      </div>
      <Body />
      {searched.value !== null && <p class="note">{t('searched', { n: searched.value })}</p>}
      <BulkBar />
    </>
  );
}
