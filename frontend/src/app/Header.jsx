import { connection } from '../lib/poll.js';
import { live } from '../lib/prefs.js';
import { hasRole, signedOut } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { go, route, VIEWS, viewHref, visit } from '../lib/urlstate.js';
import { DisplaySettings } from '../ui/DisplaySettings.jsx';
import { Icon } from '../ui/Icon.jsx';
import { linkTo } from '../ui/Link.jsx';
import { Popover } from '../ui/Popover.jsx';
import { Account } from './Account.jsx';

function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 24 24" class="brand-mark" aria-hidden="true">
        <path d="M20.2 9.4A9 9 0 1 1 15 3.5" />
        <path d="m8 11.5 3.5 3.5L21 5" />
      </svg>
      <span class="brand-name">{t('app.name')}</span>
    </span>
  );
}

function NavLink({ view }) {
  const current = route.value.view === view;
  const href = viewHref({ view });
  return (
    <a class="nav-link" href={href} aria-current={current ? 'page' : undefined} onClick={linkTo(() => visit(href))}>
      {t(`view.${view}`)}
    </a>
  );
}

function LiveSwitch() {
  const { state } = connection.value;
  return (
    <button
      type="button"
      class="live"
      role="switch"
      aria-checked={live.value}
      aria-label={t('link.switch')}
      onClick={() => (live.value = !live.value)}
    >
      <span class={`live-dot live-${state}`} aria-hidden="true" />
      <span class="live-word">{t(`link.${live.value ? state : 'paused'}`)}</span>
    </button>
  );
}

function Tools() {
  return (
    <>
      <LiveSwitch />
      <button
        type="button"
        class="icon-button"
        aria-label={t('palette')}
        title={`${t('palette')} (Ctrl K)`}
        onClick={() => go({ dialog: 'palette' })}
      >
        <Icon name="command" />
      </button>
    </>
  );
}

function NewJob() {
  return (
    <button type="button" class="button button-primary" onClick={() => go({ new: '*' })}>
      <Icon name="plus" />
      <span class="wide-only">{t('new')}</span>
      <span class="sr-only narrow-only">{t('new')}</span>
    </button>
  );
}

const reachable = (view) => view !== 'import' || hasRole('operator');

export function Header() {
  const out = signedOut.value;
  return (
    <header class="top">
      <div class="top-inner">
        <Brand />
        {!out && (
          <nav class="nav" aria-label={t('nav.label')}>
            {VIEWS.filter(reachable).map((view) => (
              <NavLink key={view} view={view} />
            ))}
          </nav>
        )}
        <div class="top-tools">
          {!out && <Tools />}
          <Popover buttonClass="icon-button" name={t('settings')} label={<Icon name="gear" />} align="end">
            <DisplaySettings />
          </Popover>
          {!out && <Account />}
          {!out && hasRole('operator') && <NewJob />}
        </div>
      </div>
    </header>
  );
}
