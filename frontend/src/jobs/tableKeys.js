// Keyboard control of the table: j/k move, Enter opens, x selects; e, s and Del act on the selection or the active row.
import { bindKeys } from '../lib/keys.js';
import { hasRole } from '../lib/session.js';
import { canCancel, canMove, canRetry } from '../lib/statuses.js';
import { go } from '../lib/urlstate.js';
import { cancel, retry } from '../state/actions.js';
import { applyToSelected, confirming, disabledReason } from '../state/bulk.js';
import { visibleJobs } from '../state/jobs.js';
import { allMatching, clearSelection, selected, toggleJob } from '../state/selection.js';
import { toast } from '../state/toasts.js';

function applyToSelection(verb) {
  const reason = disabledReason(verb);
  if (reason) toast(reason);
  else if (allMatching.peek()) confirming.value = verb;
  else applyToSelected(verb);
}

export function bindTableKeys(body, active) {
  const place = () => visibleJobs.peek().findIndex((job) => job.id === active.peek());
  const job = () => visibleJobs.peek()[place()];
  const focusRow = (index) => {
    const next = visibleJobs.peek()[Math.max(0, Math.min(visibleJobs.peek().length - 1, index))];
    if (!next) return;
    active.value = next.id;
    const row = body.current?.querySelector(`tr[data-id="${CSS.escape(next.id)}"]`);
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  const walk = (step) => (event) => {
    focusRow(place() + step);
    if (event.shiftKey && hasRole('operator') && job()) toggleJob(job(), visibleJobs.peek(), { range: true });
  };
  const act = (verb, can, one) => () => {
    if (!hasRole('operator')) return;
    if (selected.peek().size > 0) applyToSelection(verb);
    else if (job() && can(job())) one(job());
  };
  const stop = act('cancel', canCancel, cancel);
  return bindKeys({
    j: walk(1),
    ArrowDown: walk(1),
    k: walk(-1),
    ArrowUp: walk(-1),
    Enter: (event) => (event.target.closest('a, button') ? event.target.click() : job() && go({ job: job().id })),
    x: (event) => hasRole('operator') && job() && toggleJob(job(), visibleJobs.peek(), { range: event.shiftKey }),
    e: act('retry', canRetry, retry),
    Delete: stop,
    '#': stop,
    s: () => hasRole('operator') && job() && canMove(job()) && go({ dialog: `reschedule.${job().id}` }),
    Escape: () => clearSelection(),
  });
}
