import { number } from '../lib/format.js';
import { STATUSES, styleOf } from '../lib/statuses.js';
import { statusLabel, t } from '../lib/strings.js';
import { go, hrefOf, route } from '../lib/urlstate.js';
import { counts } from '../state/stats.js';
import { Icon } from './Icon.jsx';
import { linkTo } from './Link.jsx';

function Tab({ status, count }) {
  const wanted = status ? [status] : [];
  const current = route.value.view === 'jobs' && route.value.status.join() === wanted.join();
  const patch = { view: 'jobs', status: wanted, cursor: undefined };
  return (
    <a
      class={`tab ${status ? styleOf(status).fill : ''}`}
      href={hrefOf(patch)}
      aria-current={current ? 'true' : undefined}
      onClick={linkTo(() => go(patch))}
    >
      {status && <Icon name={styleOf(status).icon} />}
      <span>{status ? statusLabel(status) : t('strip.all')}</span>
      <span class="tab-count">{count === undefined ? ' ' : number(count)}</span>
    </a>
  );
}

/** Counts by status, each a link to the list of that status. */
export function StatusStrip() {
  const known = counts.value;
  const total = known && Object.values(known).reduce((sum, count) => sum + count, 0);
  return (
    <nav class="strip" aria-label={t('strip.label')}>
      <Tab status={null} count={total ?? undefined} />
      {STATUSES.map((status) => (
        <Tab key={status} status={status} count={known?.[status]} />
      ))}
    </nav>
  );
}
