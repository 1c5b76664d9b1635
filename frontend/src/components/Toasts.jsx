import { dismiss, toasts } from '../state/toasts.js';
import { t } from '../lib/strings.js';
import { Icon } from './Icon.jsx';

function Toast({ id, text, undo, kind }) {
  const back = () => {
    dismiss(id);
    undo();
  };
  return (
    <li class={`toast ${kind === 'fault' ? 'toast-fault' : ''}`} role={kind === 'fault' ? 'alert' : undefined}>
      <Icon name={kind === 'fault' ? 'warn' : 'check'} />
      <span class="min-w-0 grow break-words">{text}</span>
      {undo && <button type="button" class="toast-button" onClick={back}>{t('undo')}</button>}
      <button type="button" class="toast-close" aria-label={t('dismiss')} onClick={() => dismiss(id)}>
        <Icon name="cross" />
      </button>
    </li>
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      <ul class="contents">
        {toasts.value.map((entry) => <Toast key={entry.id} {...entry} />)}
      </ul>
    </div>
  );
}
