import { now } from '../lib/clock.js';
import { duration, moment, relative } from '../lib/format.js';
import { connection, pollNow } from '../lib/poll.js';
import { zone } from '../lib/prefs.js';
import { hasRole } from '../lib/session.js';
import { has, t } from '../lib/strings.js';
import { degraded, tick } from '../state/stats.js';
import { runTick } from '../state/tick.js';
import { Icon } from '../ui/Icon.jsx';

function Banner({ kind, children, action }) {
  return (
    <div class={`banner ${kind === 'loud' ? 'banner-loud' : ''}`}>
      <Icon name="warn" />
      <div class="min-w-0 grow">{children}</div>
      {action}
    </div>
  );
}

function Offline() {
  const { okAt, retryAt } = connection.value;
  const retry = relative(Math.max(retryAt ?? 0, now.value), now.value);
  const text = okAt ? t('link.down.text', { time: moment(okAt, zone.value), retry }) : t('link.down.none', { retry });
  return (
    <Banner
      kind="loud"
      action={
        <button type="button" class="button" onClick={() => pollNow()}>
          {t('link.retry')}
        </button>
      }
    >
      {text}
    </Banner>
  );
}

function NoTick({ last }) {
  const title = last
    ? t('tick.silent', { time: duration(Math.max(0, now.value - Date.parse(last))) })
    : t('tick.never');
  return (
    <Banner
      kind="loud"
      action={
        hasRole('operator') && (
          <button type="button" class="button" onClick={runTick}>
            {t('tick.run')}
          </button>
        )
      }
    >
      <strong>{title}</strong> <span>{t('tick.todo')}</span>
    </Banner>
  );
}

const degradedMessage = (store) => (has(`degraded.${store}`) ? t(`degraded.${store}`) : t('degraded.other', { store }));

/** Problems of the whole system, above every page. */
export function Banners() {
  const down = connection.value.state === 'down';
  return (
    <div role="status" aria-live="polite">
      {down && <Offline />}
      {!down && tick.value?.silent && <NoTick last={tick.value.last_tick_at} />}
      {degraded.value.map((store) => (
        <Banner key={store}>{degradedMessage(store)}</Banner>
      ))}
    </div>
  );
}
