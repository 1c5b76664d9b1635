import { useLayoutEffect } from 'preact/hooks';
import { duration } from '../lib/format.js';
import { hasRole } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { go, viewHref, visit } from '../lib/urlstate.js';
import { counts } from '../state/stats.js';
import { Icon } from '../ui/Icon.jsx';
import { linkTo } from '../ui/Link.jsx';
import { Board, Readout } from './Board.jsx';
import { hasMore, jobs, MAX_JOBS, view, watchTimeline, windowName } from './state.js';
import { WINDOWS } from './windows.js';

function WindowChoice() {
  return (
    <fieldset class="segments">
      <legend class="sr-only">{t('timeline.window')}</legend>
      {Object.keys(WINDOWS).map((name) => (
        <label key={name} class="segment">
          <input
            type="radio"
            name="window"
            class="sr-only"
            checked={windowName.value === name}
            onChange={() => go({ window: name })}
          />
          {t(`window.${name}`)}
        </label>
      ))}
    </fieldset>
  );
}

/** For an empty window: counts the pending jobs that are overdue or due later. */
function Outside() {
  const n = counts.value?.pending;
  const href = viewHref({ status: ['pending'], sort: 'scheduled_at' });
  return (
    n > 0 && (
      <a class="link" href={href} onClick={linkTo(() => visit(href))}>
        {t('timeline.outside', { n })}
      </a>
    )
  );
}

function EmptyWindow() {
  return (
    <section class="empty">
      <span class="empty-mark">
        <Icon name="calendar" />
      </span>
      <h2 class="heading">{t('timeline.empty')}</h2>
      <Outside />
      <p class="muted max-w-prose">{t('timeline.empty.text')}</p>
      {hasRole('operator') && (
        <button type="button" class="button button-primary" onClick={() => go({ new: '*' })}>
          <Icon name="plus" />
          {t('new')}
        </button>
      )}
    </section>
  );
}

export default function Timeline() {
  useLayoutEffect(() => watchTimeline(), []);
  const { step, big } = view.value;
  return (
    <>
      <div class="page-head">
        <h1 class="text-lg font-semibold tracking-tight">{t('view.timeline')}</h1>
        <p class="readout" role="status" aria-live="polite">
          <Readout />
        </p>
        <WindowChoice />
      </div>
      {jobs.value === null && (
        <div class="card h-64" role="status">
          <span class="sr-only">{t('loading')}</span>
        </div>
      )}
      {jobs.value?.length === 0 && <EmptyWindow />}
      {jobs.value?.length > 0 && (
        <>
          <div class="card p-3">
            <Board />
          </div>
          <p class="note mt-2">
            {hasRole('operator')
              ? t('timeline.help', { step: duration(step), big: duration(big) })
              : t('role.viewer.may')}{' '}
            {hasMore.value && t('timeline.more', { n: MAX_JOBS })}
          </p>
        </>
      )}
    </>
  );
}
