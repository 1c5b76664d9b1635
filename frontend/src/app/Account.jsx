import { currentUser, hasRole, signOut } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { viewHref, visit } from '../lib/urlstate.js';
import { Icon } from '../ui/Icon.jsx';
import { linkTo } from '../ui/Link.jsx';
import { Popover } from '../ui/Popover.jsx';
import { Time } from '../ui/Time.jsx';

function Card({ close }) {
  const { name, role, via, expires_at: until } = currentUser.value;
  const href = viewHref({ view: 'settings' });
  return (
    <div class="w-64 space-y-3">
      <p class="min-w-0">
        <strong class="block truncate">{name}</strong>
        <span class="note">
          {t(`role.${role}`)} · {t(`via.${via}`)}
        </span>
      </p>
      <p class="note">{t(`role.${role}.may`)}</p>
      {until && (
        <p class="note">
          {t('account.until')} <Time at={until} />
        </p>
      )}
      {hasRole('admin') && (
        <a
          class="button w-full"
          href={href}
          onClick={linkTo(() => {
            close();
            visit(href);
          })}
        >
          {t('account.settings')}
        </a>
      )}
      {via !== 'insecure' && (
        <button type="button" class="button w-full" onClick={signOut}>
          {t('account.out')}
        </button>
      )}
    </div>
  );
}

/** The signed-in user, once the API has named it. */
export function Account() {
  if (!currentUser.value) return null;
  const { name, role } = currentUser.value;
  const label = (
    <>
      <Icon name="person" />
      <span class="account-name">{name}</span>
      <span class="account-role">{t(`role.${role}`)}</span>
    </>
  );
  return (
    <Popover buttonClass="account" name={`${t('account')}: ${name}, ${t(`role.${role}`)}`} label={label} align="end">
      {(close) => <Card close={close} />}
    </Popover>
  );
}
