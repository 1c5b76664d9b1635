import { useRef, useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { messageOf, t } from '../lib/strings.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Dialog } from '../ui/Dialog.jsx';
import { useMount } from '../ui/useMount.js';
import { FormFooter, Labelled } from './parts.jsx';
import { fieldError, generalError } from './useRequest.js';

const ROLES = ['viewer', 'operator', 'admin'];
const DAYS = [7, 30, 90, 365];

/** Shows the key, once. Esc and a click outside do not close the dialog, because the key cannot be shown again. */
function KeyCreated({ created, onClose }) {
  const box = useRef(null);
  useMount(() => box.current.focus());
  return (
    <Dialog title={t('keys.made', { name: created.name })} onClose={() => box.current.focus()}>
      <p class="mb-3">{t('keys.once')}</p>
      <div class="code-box">
        <pre ref={box} class="code key-text" tabIndex={0}>
          {created.key}
        </pre>
        <CopyButton text={created.key} label={t('keys.copy')} quiet />
      </div>
      <div class="dialog-foot">
        <button type="button" class="button button-primary" onClick={onClose}>
          {t('keys.stored')}
        </button>
      </div>
    </Dialog>
  );
}

function RoleChoice({ role, setRole }) {
  return (
    <fieldset class="field">
      <legend class="label">{t('keys.role')}</legend>
      <div class="segments">
        {ROLES.map((name) => (
          <label key={name} class="segment">
            <input type="radio" name="role" class="sr-only" checked={role === name} onChange={() => setRole(name)} />
            {t(`role.${name}`)}
          </label>
        ))}
      </div>
      <p class="note">{t(`role.${role}.may`)}</p>
    </fieldset>
  );
}

export function NewKey({ done, onClose }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('operator');
  const [days, setDays] = useState('90');
  const [fault, setFault] = useState(null);
  const [created, setCreated] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const body = { name: name.trim(), role, ...(days && { expires_in_days: Number(days) }) };
      setCreated((await call('/keys', { method: 'POST', body })).data);
      done();
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  const general = generalError(fault, ['name', 'expires_in_days'], messageOf);
  if (created) return <KeyCreated created={created} onClose={onClose} />;
  return (
    <Dialog title={t('keys.new')} onClose={onClose}>
      <form class="space-y-4" onSubmit={submit} onInput={() => setFault(null)}>
        <Labelled
          label={t('keys.name')}
          help={t('keys.name.help')}
          fault={fieldError(fault, 'name')}
          control={(attributes) => (
            <input
              {...attributes}
              class="input"
              required
              maxLength={100}
              autofocus
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        />
        <RoleChoice role={role} setRole={setRole} />
        <Labelled
          label={t('keys.expires')}
          fault={fieldError(fault, 'expires_in_days')}
          control={(attributes) => (
            <select {...attributes} class="input" value={days} onChange={(event) => setDays(event.currentTarget.value)}>
              {DAYS.map((n) => (
                <option key={n} value={String(n)}>
                  {t('keys.days', { n })}
                </option>
              ))}
              <option value="">{t('keys.never')}</option>
            </select>
          )}
        />
        <FormFooter general={general} go={t('keys.make')} disabled={busy || !name.trim()} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
