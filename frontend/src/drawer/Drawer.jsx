import { useLayoutEffect, useMemo } from 'preact/hooks';
import { percent, shortId } from '../lib/format.js';
import { watch } from '../lib/poll.js';
import { resource } from '../lib/resource.js';
import { hasRole } from '../lib/session.js';
import { canCancel, canMove, canRetry } from '../lib/statuses.js';
import { messageOf, t } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { cancel, retry } from '../state/actions.js';
import { visibleJobs } from '../state/jobs.js';
import { Badge } from '../ui/Badge.jsx';
import { Dialog } from '../ui/Dialog.jsx';
import { Icon } from '../ui/Icon.jsx';
import { Attempts } from './Attempts.jsx';
import { Facts } from './Facts.jsx';
import { JsonPanel } from './JsonPanel.jsx';

function Action({ icon, name, run, danger = false }) {
  return (
    <button type="button" class={`button ${danger ? 'button-danger' : ''}`} onClick={run}>
      <Icon name={icon} />
      {t(`do.${name}`)}
    </button>
  );
}

function Actions({ job }) {
  if (!hasRole('operator')) return <p class="note">{t('role.viewer.may')}</p>;
  return (
    <div class="flex flex-wrap gap-2">
      {canRetry(job) && <Action icon="retry" name="retry" run={() => retry(job)} />}
      {canMove(job) && <Action icon="calendar" name="reschedule" run={() => go({ dialog: `reschedule.${job.id}` })} />}
      <Action
        icon="copy"
        name="like"
        run={() => go({ job: undefined, new: job.type, like: job.id }, { replace: true })}
      />
      {canCancel(job) && <Action icon="cross" name="cancel" danger run={() => cancel(job)} />}
    </div>
  );
}

function Progress({ progress }) {
  const { fraction, message } = progress;
  const known = typeof fraction === 'number';
  return (
    <div class="flex items-center gap-3">
      <progress class="progress" aria-label={t('job.progress')} max={1} {...(known && { value: fraction })} />
      <span class="note">{[known && percent(fraction), message].filter(Boolean).join(' · ')}</span>
    </div>
  );
}

/** Leaves out the error when the last attempt below shows it. */
const statusText = ({ why, failed_reason: reason, attempts }) =>
  reason && attempts.some(({ error }) => error?.startsWith(reason)) ? why.replace(`: ${reason}`, '') : why;

function JobDetails({ job }) {
  return (
    <div class="space-y-5">
      <p class="why">{statusText(job)}</p>
      {job.status === 'in_progress' && job.progress && <Progress progress={job.progress} />}
      <Actions job={job} />
      <Attempts job={job} />
      <JsonPanel title={t('job.payload')} value={job.payload} />
      {job.result !== null && <JsonPanel title={t('job.result')} value={job.result} />}
      <section class="panel">
        <header class="panel-head">
          <h3 class="heading">{t('job.facts')}</h3>
        </header>
        <Facts job={job} />
      </section>
    </div>
  );
}

/** The next or previous job in the list behind the drawer. */
function neighbour(id, step) {
  const index = visibleJobs.value.findIndex((job) => job.id === id);
  return index === -1 ? null : (visibleJobs.value[index + step] ?? null);
}

function Neighbours({ id }) {
  const open = (job) => go({ job: job.id }, { replace: true });
  const [before, after] = [neighbour(id, -1), neighbour(id, 1)];
  useLayoutEffect(() => {
    const pressed = (event) => {
      const target = { '[': before, k: before, ']': after, j: after }[event.key];
      if (target && !event.ctrlKey && !event.metaKey && !event.target.closest('input, textarea, select')) open(target);
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });
  return (
    <>
      <button
        type="button"
        class="icon-button"
        disabled={!before}
        aria-label={t('job.previous')}
        title={`${t('job.previous')} (k)`}
        onClick={() => open(before)}
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        class="icon-button"
        disabled={!after}
        aria-label={t('job.next')}
        title={`${t('job.next')} (j)`}
        onClick={() => open(after)}
      >
        <Icon name="down" />
      </button>
    </>
  );
}

function Title({ id, job }) {
  return (
    <span class="flex min-w-0 items-center gap-2.5">
      {job && <Badge job={job} />}
      <span class="truncate">
        {job?.type ?? ''} <span class="id">{shortId(id)}</span>
      </span>
    </span>
  );
}

export default function Drawer({ id, onClose }) {
  const { load, state } = useMemo(resource, []);
  useLayoutEffect(() => watch('detail', (abort) => load(`/jobs/${encodeURIComponent(id)}`, abort)), [id, load]);
  const { data, fault, path } = state.value;
  const job = data?.id === id && path?.endsWith(id) ? data : null;
  return (
    <Dialog kind="drawer" title={<Title id={id} job={job} />} onClose={onClose} tools={<Neighbours id={id} />}>
      {job && <JobDetails job={job} />}
      {!job && fault && (
        <p class="muted" role="alert">
          {fault.status === 404 || fault.status === 422 || fault.status === 400 ? t('job.notfound') : messageOf(fault)}
        </p>
      )}
      {!job && !fault && (
        <div class="space-y-4" role="status">
          <span class="sr-only">{t('loading')}</span>
          {[1, 2, 3, 4].map((line) => (
            <span key={line} class="skeleton" />
          ))}
        </div>
      )}
    </Dialog>
  );
}
