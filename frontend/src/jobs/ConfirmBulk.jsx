import { useRef, useState } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { route } from '../lib/urlstate.js';
import { applyToMatching } from '../state/bulk.js';
import { Dialog } from '../ui/Dialog.jsx';
import { chipsOf } from './chips.js';

/** Asks before all matching jobs are changed; shows how many there are and by which filters. */
export default function ConfirmBulk({ verb, scope, onClose }) {
  const [sum, setSum] = useState(null);
  const stopped = useRef(false);
  const chips = chipsOf(route.value);
  const close = () => {
    stopped.current = true;
    onClose();
  };
  const start = async () => {
    setSum({ changed: 0 });
    await applyToMatching(verb, scope, setSum, () => stopped.current);
    onClose();
  };
  return (
    <Dialog title={t(`bulk.${verb}.title`, { n: scope.count })} onClose={close}>
      <div class="space-y-3">
        <p>{chips.length ? t('bulk.scope') : t('bulk.scope.none')}</p>
        {chips.length > 0 && (
          <ul class="chips">
            {chips.map(({ label, value }) => (
              <li key={label + value} class="chip">
                <span class="faint">{label}</span>
                {value}
              </li>
            ))}
          </ul>
        )}
        <p class="muted">{t(`bulk.${verb}.text`)}</p>
        {scope.capped && <p class="muted">{t('bulk.capped', { n: scope.count })}</p>}
        {sum && <p role="status">{t('bulk.progress', { done: sum.changed })}</p>}
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={close}>
          {sum ? t('bulk.stop') : t('cancel.dialog')}
        </button>
        <button
          type="button"
          class={`button ${verb === 'cancel' ? 'button-danger-solid' : 'button-primary'}`}
          disabled={sum !== null}
          onClick={start}
        >
          {t(`bulk.go.${verb}`, { n: scope.count })}
        </button>
      </div>
    </Dialog>
  );
}
