import { apiAddress } from '../lib/api.js';
import { firstJobCurl } from '../lib/curl.js';
import { hasRole } from '../lib/session.js';
import { messageOf, t } from '../lib/strings.js';
import { go, visit } from '../lib/urlstate.js';
import { listFault } from '../state/jobs.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Icon } from '../ui/Icon.jsx';

function EmptyState({ icon, title, children }) {
  return (
    <section class="empty">
      <span class="empty-mark">
        <Icon name={icon} />
      </span>
      <h2 class="heading">{title}</h2>
      {children}
    </section>
  );
}

function FirstJob() {
  const curl = firstJobCurl(apiAddress());
  if (!hasRole('operator'))
    return (
      <EmptyState icon="clock" title={t('empty.title')}>
        <p class="muted max-w-prose">{t('empty.viewer')}</p>
      </EmptyState>
    );
  return (
    <EmptyState icon="clock" title={t('empty.title')}>
      <p class="muted max-w-prose">{t('empty.text')}</p>
      <div class="flex gap-2">
        <button type="button" class="button button-primary" onClick={() => go({ new: '*' })}>
          <Icon name="plus" />
          {t('new')}
        </button>
        <button type="button" class="button" onClick={() => visit('?view=import')}>
          <Icon name="file" />
          {t('empty.import')}
        </button>
      </div>
      <div class="code-box">
        <pre tabIndex={0} class="code">
          {curl}
        </pre>
        <CopyButton text={curl} quiet />
      </div>
    </EmptyState>
  );
}

/** `kind`: none (no jobs at all), filtered (no match) or refused (the API rejected the query). */
export function Empty({ kind }) {
  if (kind === 'none') return <FirstJob />;
  if (kind === 'refused') {
    return (
      <EmptyState icon="warn" title={t('empty.refused')}>
        <p class="muted max-w-prose">{messageOf(listFault.value)}</p>
        <ul class="muted">
          {listFault.value.errors.map(({ field, message }) => (
            <li key={field}>
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
        <button type="button" class="button" onClick={() => visit('')}>
          {t('filter.clear')}
        </button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="filter" title={t('empty.filtered')}>
      <button type="button" class="button" onClick={() => visit('')}>
        {t('filter.clear')}
      </button>
    </EmptyState>
  );
}
