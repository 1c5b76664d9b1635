import { useId, useState } from 'preact/hooks';
import { messageOf, t } from '../lib/strings.js';
import { Dialog } from '../ui/Dialog.jsx';
import { Icon } from '../ui/Icon.jsx';

/** A section that is loading or has failed to load. */
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
      <span class="min-w-0 grow break-words">{messageOf(fault)}</span>
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

/** `control(attributes)` renders the control for the label, the help and the fault. */
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

/** `general`: the errors from the API that belong to no field of the form. */
export function FormFooter({ general, go, disabled, onCancel }) {
  return (
    <>
      {general && (
        <p class="error-text" role="alert">
          {general}
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

/** Asks before an action that cannot be undone. If `run` fails, the dialog stays open and shows the reason. */
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
          {messageOf(fault)}
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
