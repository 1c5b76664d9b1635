import { useLayoutEffect } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { hasFilter, route } from '../lib/urlstate.js';
import { listState, newCount, searchedCount, showNewJobs, visibleJobs, watchJobs } from '../state/jobs.js';
import { StatusStrip } from '../ui/StatusStrip.jsx';
import { BulkBar } from './BulkBar.jsx';
import { ColumnChoice } from './ColumnChoice.jsx';
import { Due } from './Due.jsx';
import { Empty } from './Empty.jsx';
import { FilterBar } from './FilterBar.jsx';
import { JobTable } from './JobTable.jsx';
import { Pager } from './Pager.jsx';

function NewJobs() {
  if (!newCount.value) return null;
  return (
    <button
      type="button"
      class="waiting"
      onClick={() => {
        showNewJobs();
        scrollTo({ top: 0 });
      }}
    >
      {t('waiting', { n: newCount.value })}
      <strong>{t('waiting.show')}</strong>
    </button>
  );
}

function Body() {
  const state = listState.value;
  if (state === 'refused') return <Empty kind="refused" />;
  if (state === 'shown' && visibleJobs.value.length === 0 && !route.value.cursor)
    return <Empty kind={hasFilter.value ? 'filtered' : 'none'} />;
  return (
    <>
      <div class="card table-card">
        <NewJobs />
        <JobTable rows={state === 'shown' ? visibleJobs.value : null} />
      </div>
      <Pager />
    </>
  );
}

export function JobsPage() {
  useLayoutEffect(() => watchJobs(), []); // a layout effect: the first poll already loads the rows
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
      {searchedCount.value !== null && <p class="note">{t('searched', { n: searchedCount.value })}</p>}
      <BulkBar />
    </>
  );
}
