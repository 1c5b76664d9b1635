import { useId, useState } from 'preact/hooks';
import { t, wordsOf } from '../lib/strings.js';
import { Dialog } from '../ui/Dialog.jsx';
import { Icon } from '../ui/Icon.jsx';

/** What stands in a section before its first answer, or after a fault. */
export function Pending({ fault, reload }) {
  if (!fault)
    return (
      <p class="skeleton m-4" role="status">
        <span class="sr-only">{t('loading')}</span>
      </p>
    );
  return (
    <p class="banner banner-loud m-4" role="alert">
      <Icon name="warn" />
      <span class="min-w-0 grow break-words">{wordsOf(fault)}</span>
      <button type="button" class="button" onClick={reload}>
        {t('again')}
      </button>
    </p>
  );
}

export function Section({ title, text, tool, children }) {
  return (
    <section class="card mb-4">
      <header class="section-head">
        <div class="min-w-0 grow">
          <h2 class="heading">{title}</h2>
          {text && <p class="note max-w-prose">{text}</p>}
        </div>
        {tool}
      </header>
      {children}
    </section>
  );
}

/** `control(attributes)` draws the control that the label, the help and the fault belong to. */
export function Labelled({ label, help, fault, control }) {
  const id = useId();
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {control({
        id,
        'aria-invalid': fault ? 'true' : undefined,
        'aria-describedby': help || fault ? `${id}-help` : undefined,
      })}
      {(help || fault) && (
        <p id={`${id}-help`} class={fault ? 'note error-text' : 'note'}>
          {fault ?? help}
        </p>
      )}
    </div>
  );
}

/** `rest`: what the API said about none of the form's fields. */
export function FormFooter({ rest, go, disabled, onCancel }) {
  return (
    <>
      {rest && (
        <p class="error-text" role="alert">
          {rest}
        </p>
      )}
      <div class="dialog-foot">
        <button type="button" class="button" onClick={onCancel}>
          {t('cancel.dialog')}
        </button>
        <button type="submit" class="button button-primary" disabled={disabled}>
          {go}
        </button>
      </div>
    </>
  );
}

/** Asks before something that cannot be undone. `run` may fail; the question then stays, with the reason. */
export function Confirm({ title, go, run, onClose, children }) {
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      await run();
      onClose();
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="space-y-3">{children}</div>
      {fault && (
        <p class="mt-3 error-text" role="alert">
          {wordsOf(fault)}
        </p>
      )}
      <div class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {t('cancel.dialog')}
        </button>
        <button type="button" class="button button-danger-solid" disabled={busy} onClick={start}>
          {go}
        </button>
      </div>
    </Dialog>
  );
}
