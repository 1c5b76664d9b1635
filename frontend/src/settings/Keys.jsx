import { useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { now } from '../lib/clock.js';
import { bearer } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { toast } from '../state/toasts.js';
import { Icon } from '../ui/Icon.jsx';
import { Time } from '../ui/Time.jsx';
import { NewKey } from './NewKey.jsx';
import { Confirm, Pending, Section } from './parts.jsx';
import { useRequest } from './useRequest.js';

function stateOf(key) {
  if (key.revoked_at) return 'revoked';
  return key.expires_at && Date.parse(key.expires_at) <= now.value ? 'expired' : 'active';
}

const isOwn = ({ prefix }) => Boolean(bearer()?.startsWith(`tw_${prefix}_`));

const TIME_SLOT = '\u0000'; // t() returns text; the <Time> element replaces this placeholder

function Moment({ text, at }) {
  const [before, after] = text.split(TIME_SLOT);
  return (
    <span>
      {before}
      <Time at={at} />
      {after}
    </span>
  );
}

function Key({ entry, revoke }) {
  const state = stateOf(entry);
  return (
    <li class="entry">
      <div class="min-w-0 grow">
        <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
          <strong class="break-all">{entry.name}</strong>
          <span class="badge badge-plain">{t(`role.${entry.role}`)}</span>
          {state !== 'active' && <span class="badge badge-cancelled">{t(`keys.state.${state}`)}</span>}
          {isOwn(entry) && <span class="badge badge-running">{t('keys.own')}</span>}
        </p>
        <p class="note">
          <code>tw_{entry.prefix}_…</code>
        </p>
        <p class="note facts-line">
          <Moment text={t('keys.created', { time: TIME_SLOT, who: entry.created_by ?? '–' })} at={entry.created_at} />
          {entry.expires_at ? (
            <Moment text={t('keys.expires.at', { time: TIME_SLOT })} at={entry.expires_at} />
          ) : (
            <span>{t('keys.expires.never')}</span>
          )}
          {entry.last_used_at ? (
            <Moment text={t('keys.used', { time: TIME_SLOT })} at={entry.last_used_at} />
          ) : (
            <span>{t('keys.unused')}</span>
          )}
        </p>
      </div>
      {state === 'active' && (
        <button
          type="button"
          class="button button-danger"
          aria-label={`${t('keys.revoke')} ${entry.name} ${entry.prefix}`}
          onClick={() => revoke(entry)}
        >
          {t('keys.revoke')}
        </button>
      )}
    </li>
  );
}

function Revoke({ entry, done, onClose }) {
  const run = async () => {
    await call(`/keys/${encodeURIComponent(entry.id)}`, { method: 'DELETE' });
    toast(t('keys.revoked', { name: entry.name }));
    done();
  };
  return (
    <Confirm title={t('keys.revoke.title', { name: entry.name })} go={t('keys.revoke')} run={run} onClose={onClose}>
      <p class="break-words">{t('keys.revoke.text', { prefix: `tw_${entry.prefix}_` })}</p>
      {isOwn(entry) && <p class="error-text">{t('keys.revoke.own')}</p>}
    </Confirm>
  );
}

export function Keys() {
  const { data, fault, reload } = useRequest('/keys');
  const [revoking, setRevoking] = useState(null); // the key to revoke
  const [creating, setCreating] = useState(false);
  const active = data?.items.filter((key) => stateOf(key) === 'active') ?? [];
  const old = data?.items.filter((key) => stateOf(key) !== 'active') ?? [];
  const tool = (
    <button type="button" class="button button-primary" onClick={() => setCreating(true)}>
      <Icon name="plus" />
      {t('keys.new')}
    </button>
  );
  return (
    <Section title={t('tab.keys')} text={t('keys.text')} tool={tool}>
      {(!data || fault) && <Pending fault={fault} reload={reload} />}
      {data && active.length === 0 && <p class="muted px-4 pb-4">{t('keys.none')}</p>}
      <ul class="entries">
        {active.map((key) => (
          <Key key={key.id} entry={key} revoke={setRevoking} />
        ))}
      </ul>
      {old.length > 0 && (
        <details class="entries-more">
          <summary class="note">{t('keys.old', { n: old.length })}</summary>
          <ul class="entries">
            {old.map((key) => (
              <Key key={key.id} entry={key} />
            ))}
          </ul>
        </details>
      )}
      {creating && <NewKey done={reload} onClose={() => setCreating(false)} />}
      {revoking && <Revoke entry={revoking} done={reload} onClose={() => setRevoking(null)} />}
    </Section>
  );
}
