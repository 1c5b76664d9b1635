import { useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { has, messageOf, t } from '../lib/strings.js';
import { toast } from '../state/toasts.js';
import { Icon } from '../ui/Icon.jsx';
import { Time } from '../ui/Time.jsx';
import { NewChannel } from './NewChannel.jsx';
import { Confirm, Pending, Section } from './parts.jsx';
import { useRequest } from './useRequest.js';

const eventLabel = (event) => (has(`alerts.event.${event}`) ? t(`alerts.event.${event}`) : event);
const pathOf = ({ id }) => `/alerts/channels/${encodeURIComponent(id)}`;

function Channel({ channel, remove, tested }) {
  const [busy, setBusy] = useState(false);
  const { name } = channel;
  const test = async () => {
    setBusy(true);
    try {
      const { ok, error } = (await call(`${pathOf(channel)}/test`, { method: 'POST', timeout: 60_000 })).data;
      toast(ok ? t('alerts.test.ok', { name }) : t('alerts.test.bad', { name, why: error }), {
        kind: ok ? 'done' : 'fault',
      });
    } catch (fault) {
      toast(messageOf(fault), { kind: 'fault' });
    }
    setBusy(false);
    tested();
  };
  return (
    <li class="entry">
      <div class="min-w-0 grow">
        <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
          <strong class="break-all">{name}</strong>
          <span class="badge badge-plain">{t(`alerts.kind.${channel.kind}`)}</span>
        </p>
        <p class="note break-all">
          <code>{channel.url_hint}</code>
        </p>
        <p class="note facts-line">
          {channel.events.map((event) => (
            <span key={event}>{eventLabel(event)}</span>
          ))}
        </p>
      </div>
      <span class="flex gap-2">
        <button type="button" class="button" disabled={busy} aria-label={`${t('alerts.test')}: ${name}`} onClick={test}>
          {busy ? t('alerts.testing') : t('alerts.test')}
        </button>
        <button
          type="button"
          class="button button-danger"
          aria-label={`${t('alerts.remove')} ${name}`}
          onClick={() => remove(channel)}
        >
          {t('alerts.remove')}
        </button>
      </span>
    </li>
  );
}

function Delivery({ delivery }) {
  const { at, channel, event, ok, error, count } = delivery;
  return (
    <li class="entry entry-low">
      <span class={ok ? 'ok-text' : 'error-text'}>
        <Icon name={ok ? 'check' : 'warn'} class="inline" /> {t(ok ? 'alerts.sent' : 'alerts.failed')}
      </span>
      <span class="min-w-0 grow break-words">
        <strong class="break-all">{channel}</strong> · {eventLabel(event)}
        {count > 1 && ` · ${t('alerts.count', { n: count })}`}
        {error && <span class="block error-text">{error}</span>}
      </span>
      <span class="note">
        <Time at={at} />
      </span>
    </li>
  );
}

function Remove({ channel, done, onClose }) {
  const run = async () => {
    await call(pathOf(channel), { method: 'DELETE' });
    toast(t('alerts.removed', { name: channel.name }));
    done();
  };
  return (
    <Confirm
      title={t('alerts.remove.title', { name: channel.name })}
      go={t('alerts.remove')}
      run={run}
      onClose={onClose}
    >
      <p class="break-words">{t('alerts.remove.text', { where: channel.url_hint })}</p>
    </Confirm>
  );
}

export function Alerts() {
  const { data, fault, reload } = useRequest('/alerts');
  const [removing, setRemoving] = useState(null); // the channel to remove
  const [creating, setCreating] = useState(false);
  const tool = (
    <button type="button" class="button button-primary" onClick={() => setCreating(true)}>
      <Icon name="plus" />
      {t('alerts.new')}
    </button>
  );
  return (
    <>
      <Section title={t('tab.alerts')} text={t('alerts.text')} tool={tool}>
        {(!data || fault) && <Pending fault={fault} reload={reload} />}
        {data?.channels.length === 0 && <p class="muted px-4 pb-4">{t('alerts.none')}</p>}
        <ul class="entries">
          {data?.channels.map((channel) => (
            <Channel key={channel.id} channel={channel} remove={setRemoving} tested={reload} />
          ))}
        </ul>
      </Section>
      {data && (
        <Section title={t('alerts.deliveries')}>
          {data.deliveries.length === 0 && <p class="muted px-4 pb-4">{t('alerts.deliveries.none')}</p>}
          <ul class="entries">
            {data.deliveries.map((delivery, index) => (
              <Delivery key={index} delivery={delivery} />
            ))}
          </ul>
        </Section>
      )}
      {creating && <NewChannel done={reload} onClose={() => setCreating(false)} />}
      {removing && <Remove channel={removing} done={reload} onClose={() => setRemoving(null)} />}
    </>
  );
}
