// The table by keyboard: j/k walk, Enter opens, x selects; e, s and Del act on the row or, when there is one, the selection.
import { bindKeys } from '../lib/keys.js';
import { may } from '../lib/session.js';
import { canCancel, canMove, canRetry } from '../lib/statuses.js';
import { go } from '../lib/urlstate.js';
import { cancel, retry } from '../state/actions.js';
import { applyToChosen, asking, whyNot } from '../state/bulk.js';
import { shown } from '../state/jobs.js';
import { choose, chosen, clearChosen, everything } from '../state/selection.js';
import { toast } from '../state/toasts.js';

function applyToSelection(verb) {
  const reason = whyNot(verb);
  if (reason) toast(reason);
  else if (everything.peek()) asking.value = verb;
  else applyToChosen(verb);
}

export function bindTableKeys(body, active) {
  const place = () => shown.peek().findIndex((job) => job.id === active.peek());
  const job = () => shown.peek()[place()];
  const focusRow = (index) => {
    const next = shown.peek()[Math.max(0, Math.min(shown.peek().length - 1, index))];
    if (!next) return;
    active.value = next.id;
    const row = body.current?.querySelector(`tr[data-id="${CSS.escape(next.id)}"]`);
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  };
  const walk = (step) => (event) => {
    focusRow(place() + step);
    if (event.shiftKey && may('operator') && job()) choose(job(), shown.peek(), { range: true });
  };
  const act = (verb, can, one) => () => {
    if (!may('operator')) return;
    if (chosen.peek().size > 0) applyToSelection(verb);
    else if (job() && can(job())) one(job());
  };
  const stop = act('cancel', canCancel, cancel);
  return bindKeys({
    j: walk(1),
    ArrowDown: walk(1),
    k: walk(-1),
    ArrowUp: walk(-1),
    Enter: (event) => (event.target.closest('a, button') ? event.target.click() : job() && go({ job: job().id })),
    x: (event) => may('operator') && job() && choose(job(), shown.peek(), { range: event.shiftKey }),
    e: act('retry', canRetry, retry),
    Delete: stop,
    '#': stop,
    s: () => may('operator') && job() && canMove(job()) && go({ dialog: `reschedule.${job().id}` }),
    Escape: () => clearChosen(),
  });
}
