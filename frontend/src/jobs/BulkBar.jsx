import { t, wordsOf } from '../lib/strings.js';
import { applyToChosen, asking, countMatching, whyNot } from '../state/bulk.js';
import { chosen, clearChosen, everything } from '../state/selection.js';
import { toast } from '../state/toasts.js';
import { Icon } from '../ui/Icon.jsx';
import { Lazy } from '../ui/Lazy.jsx';

const confirm = () => import('./ConfirmBulk.jsx');

function countWords() {
  if (!everything.value) return t('select.n', { n: chosen.value.size });
  const { count, capped } = everything.value;
  return capped ? t('select.all.capped', { n: count }) : t('select.all', { n: count });
}

/** What is chosen and what can be done to it. A selection goes at once, with an undo; "all that match" asks first. */
export function BulkBar() {
  if (chosen.value.size === 0) return null;
  const act = (verb) => {
    if (everything.value) asking.value = verb;
    else applyToChosen(verb);
  };
  const [noRetry, noCancel] = [whyNot('retry'), whyNot('cancel')];
  const selectAll = () => countMatching().catch((fault) => toast(wordsOf(fault), { kind: 'fault' }));
  return (
    <section class="bulk" aria-label={t('select.label')}>
      <strong role="status">{countWords()}</strong>
      {!everything.value && (
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
        {t('do.cancel')}
      </button>
      <button type="button" class="icon-button" aria-label={t('select.clear')} onClick={clearChosen}>
        <Icon name="cross" />
      </button>
      {noCancel && <p class="note w-full">{noCancel}</p>}
      {asking.value && everything.value && (
        <Lazy
          key={asking.value}
          load={confirm}
          verb={asking.value}
          scope={everything.value}
          onClose={() => (asking.value = null)}
        />
      )}
    </section>
  );
}
