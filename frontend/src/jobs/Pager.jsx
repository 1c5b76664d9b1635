import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { bindKeys } from '../lib/keys.js';
import { t } from '../lib/strings.js';
import { go, route } from '../lib/urlstate.js';
import { nextCursor, visibleJobs } from '../state/jobs.js';
import { Icon } from '../ui/Icon.jsx';

/** cursor → the cursor of the previous page, unless the page was opened by a link. */
const before = signal(new Map());

function older() {
  const next = nextCursor.peek();
  if (!next) return;
  before.value = new Map(before.peek()).set(next, route.peek().cursor);
  go({ cursor: next });
  scrollTo({ top: 0 });
}

function newer() {
  if (!route.peek().cursor) return;
  go({ cursor: before.peek().get(route.peek().cursor) });
  scrollTo({ top: 0 });
}

export function Pager() {
  useLayoutEffect(() => bindKeys({ ']': older, '[': newer }), []);
  const { cursor } = route.value;
  if (!cursor && !nextCursor.value) return <p class="note">{t('rows.here', { n: visibleJobs.value.length })}</p>;
  return (
    <nav class="pager" aria-label={t('page.label')}>
      <span class="note">{t('rows.here', { n: visibleJobs.value.length })}</span>
      {cursor && before.value.get(cursor) && (
        <button type="button" class="button" onClick={() => go({ cursor: undefined })}>
          {t('page.first')}
        </button>
      )}
      <button type="button" class="button" disabled={!cursor} onClick={newer}>
        <Icon name="left" />
        {before.value.has(cursor) || !cursor ? t('page.newer') : t('page.first')}
      </button>
      <button type="button" class="button" disabled={!nextCursor.value} onClick={older}>
        {t('page.older')}
        <Icon name="right" />
      </button>
    </nav>
  );
}
