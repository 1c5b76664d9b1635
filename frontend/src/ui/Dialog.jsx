import { signal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { Icon } from './Icon.jsx';
import { Toasts } from './Toasts.jsx';

/** Open dialogs, topmost last. Everything outside the topmost is inert, so the toasts move into it. */
export const dialogs = signal([]);

/**
 * A native modal: the platform traps the focus and closes on Esc. `kind`: modal | drawer. Closing calls `onClose`;
 * the parent then stops rendering the dialog.
 */
export function Dialog({ title, kind = 'modal', onClose, children, tools, wide = false }) {
  const ref = useRef(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement;
    ref.current.showModal();
    dialogs.value = [...dialogs.peek(), heading];
    // Removing a <dialog> does not restore the focus as close() does.
    return () => {
      dialogs.value = dialogs.peek().filter((id) => id !== heading);
      if (opener?.isConnected) opener.focus({ preventScroll: true });
    };
  }, [heading]);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  // The browser closes a <dialog> on a second Esc without a cancel event, unless the first was handled.
  const closeOnEscape = (event) => event.key === 'Escape' && !event.defaultPrevented && cancel(event);
  const closed = () => {
    ref.current?.showModal(); // closed by the platform: the parent decides
    onClose();
  };
  return (
    <dialog
      ref={ref}
      class={`${kind} ${wide ? 'wide' : ''}`}
      aria-labelledby={heading}
      onCancel={cancel}
      onClose={closed}
      onKeyDown={closeOnEscape}
      onMouseDown={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={heading} tabIndex={-1} class="dialog-title">
            {title}
          </h2>
          <div class="flex items-center gap-1">
            {tools}
            <button type="button" class="icon-button" aria-label={t('close')} onClick={onClose}>
              <Icon name="cross" />
            </button>
          </div>
        </div>
        {children}
      </div>
      {dialogs.value.at(-1) === heading && <Toasts />}
    </dialog>
  );
}
