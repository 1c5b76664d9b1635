import { who } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { Icon } from '../ui/Icon.jsx';

/** In place of what the signed-in person's role does not reach: why, and who could help. */
export function NeedsRole({ role }) {
  return (
    <section class="empty">
      <span class="empty-mark">
        <Icon name="lock" />
      </span>
      <h1 class="heading">{t('role.needed', { role: t(`role.${role}`) })}</h1>
      <p class="muted max-w-prose">
        {t('role.needed.text', { name: who.value?.name, role: t(`role.${who.value?.role}`) })}
      </p>
    </section>
  );
}
