import { messageOf, t } from '../lib/strings.js';
import { applyToSelected, confirming, countMatching, disabledReason } from '../state/bulk.js';
import { allMatching, clearSelection, selected } from '../state/selection.js';
import { toast } from '../state/toasts.js';
import { Icon } from '../ui/Icon.jsx';
import { Lazy } from '../ui/Lazy.jsx';

const confirm = () => import('./ConfirmBulk.jsx');

function countLabel() {
  if (!allMatching.value) return t('select.n', { n: selected.value.size });
  const { count, capped } = allMatching.value;
  return capped ? t('select.all.capped', { n: count }) : t('select.all', { n: count });
}

/** Acts on a selection at once, with an undo; asks before acting on all matching jobs. */
export function BulkBar() {
  if (selected.value.size === 0) return null;
  const act = (verb) => {
    if (allMatching.value) confirming.value = verb;
    else applyToSelected(verb);
  };
  const [noRetry, noCancel] = [disabledReason('retry'), disabledReason('cancel')];
  const selectAll = () => countMatching().catch((fault) => toast(messageOf(fault), { kind: 'fault' }));
  return (
    <section class="bulk" aria-label={t('select.label')}>
      <strong role="status">{countLabel()}</strong>
      {!allMatching.value && (
        <button type="button" class="button button-quiet" onClick={selectAll}>
          {t('select.everything')}
        </button>
      )}
      <span class="grow" />
      <button type="button" class="button" disabled={Boolean(noRetry)} title={noRetry} onClick={() => act('retry')}>
        <Icon name="retry" />
        {t('do.retry')}
      </button>
      <button
        type="button"
        class="button button-danger"
        disabled={Boolean(noCancel)}
        title={noCancel}
        onClick={() => act('cancel')}
      >
        <Icon name="cross" />
        {t('select.cancel')}
      </button>
      <button type="button" class="icon-button" aria-label={t('select.clear')} onClick={clearSelection}>
        <Icon name="cross" />
      </button>
      {noCancel && <p class="note w-full">{noCancel}</p>}
      {confirming.value && allMatching.value && (
        <Lazy
          key={confirming.value}
          load={confirm}
          verb={confirming.value}
          scope={allMatching.value}
          onClose={() => (confirming.value = null)}
        />
      )}
    </section>
  );
}
