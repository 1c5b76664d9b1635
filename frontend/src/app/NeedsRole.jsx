import { currentUser } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { Icon } from '../ui/Icon.jsx';

/** Replaces a page that the user's role does not permit, and says which role does. */
export function NeedsRole({ role }) {
  return (
    <section class="empty">
      <span class="empty-mark">
        <Icon name="lock" />
      </span>
      <h1 class="heading">{t('role.needed', { role: t(`role.${role}`) })}</h1>
      <p class="muted max-w-prose">
        {t('role.needed.text', { name: currentUser.value?.name, role: t(`role.${currentUser.value?.role}`) })}
      </p>
    </section>
  );
}
