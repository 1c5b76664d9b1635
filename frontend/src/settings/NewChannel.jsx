import { useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { messageOf, t } from '../lib/strings.js';
import { toast } from '../state/toasts.js';
import { Dialog } from '../ui/Dialog.jsx';
import { FormFooter, Labelled } from './parts.jsx';
import { fieldError, generalError } from './useRequest.js';

const KINDS = ['email', 'slack', 'webhook'];
const EVENTS = ['no_tick', 'due_late', 'job_failed'];

function EventChoice({ events, setEvents }) {
  const toggle = (event) => setEvents(EVENTS.filter((other) => (other === event) !== events.includes(other)));
  return (
    <fieldset>
      <legend class="label">{t('alerts.events')}</legend>
      {EVENTS.map((event) => (
        <label key={event} class="check">
          <input type="checkbox" checked={events.includes(event)} onChange={() => toggle(event)} />
          {t(`alerts.event.${event}`)}
        </label>
      ))}
      {events.length === 0 && <p class="note error-text">{t('alerts.events.none')}</p>}
    </fieldset>
  );
}

function KindSelect(attributes) {
  return (
    <select {...attributes} class="input">
      {KINDS.map((kind) => (
        <option key={kind} value={kind}>
          {t(`alerts.kind.${kind}`)}
        </option>
      ))}
    </select>
  );
}

export function NewChannel({ done, onClose }) {
  const [channel, setChannel] = useState({ name: '', kind: 'email', url: '', events: EVENTS });
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  const set = (field) => (event) => setChannel({ ...channel, [field]: event.currentTarget.value });
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await call('/alerts/channels', {
        method: 'POST',
        body: { ...channel, name: channel.name.trim(), url: channel.url.trim() },
      });
      toast(t('alerts.added', { name: channel.name.trim() }));
      done();
      onClose();
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  const { name, kind, url, events } = channel;
  const general = generalError(fault, ['name', 'kind', 'url'], messageOf);
  return (
    <Dialog title={t('alerts.new')} onClose={onClose}>
      <form class="space-y-4" onSubmit={submit} onInput={() => setFault(null)}>
        <Labelled
          label={t('alerts.name')}
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
              onInput={set('name')}
            />
          )}
        />
        <Labelled
          label={t('alerts.kind')}
          fault={fieldError(fault, 'kind')}
          control={(attributes) => <KindSelect {...attributes} value={kind} onChange={set('kind')} />}
        />
        <Labelled
          label={t('alerts.url')}
          help={t(`alerts.url.${kind}`)}
          fault={fieldError(fault, 'url')}
          control={(attributes) => (
            <input
              {...attributes}
              class="input mono"
              required
              maxLength={2000}
              autocomplete="off"
              spellcheck={false}
              value={url}
              onInput={set('url')}
            />
          )}
        />
        <EventChoice events={events} setEvents={(next) => setChannel({ ...channel, events: next })} />
        <FormFooter
          general={general}
          go={t('alerts.add')}
          disabled={busy || !name.trim() || !url.trim() || events.length === 0}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
