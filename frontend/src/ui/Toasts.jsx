import { t } from '../lib/strings.js';
import { dismiss, toasts } from '../state/toasts.js';
import { Icon } from './Icon.jsx';

function Toast({ id, text, undo, kind }) {
  const handleUndo = () => {
    dismiss(id);
    undo();
  };
  return (
    <div class={`toast ${kind === 'fault' ? 'toast-fault' : ''}`} role={kind === 'fault' ? 'alert' : undefined}>
      <Icon name={kind === 'fault' ? 'warn' : 'check'} />
      <span class="min-w-0 grow break-words">{text}</span>
      {undo && (
        <button type="button" class="toast-button" onClick={handleUndo}>
          {t('undo')}
        </button>
      )}
      <button type="button" class="toast-close" aria-label={t('dismiss')} onClick={() => dismiss(id)}>
        <Icon name="cross" />
      </button>
    </div>
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      <ul class="contents">
        {toasts.value.map((entry) => (
          <li key={entry.id}>
            <Toast {...entry} />
          </li>
        ))}
      </ul>
    </div>
  );
}
