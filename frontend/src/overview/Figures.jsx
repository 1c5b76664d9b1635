import { now } from '../lib/clock.js';
import { duration, ms, number } from '../lib/format.js';
import { t } from '../lib/strings.js';
import { go, viewHref } from '../lib/urlstate.js';
import { linkTo } from '../ui/Link.jsx';
import { Time } from '../ui/Time.jsx';

/** The API counts in buckets, so a percentile is known only as the upper bound of its bucket. */
const upperBound = (value) => (value === null || value === undefined ? '–' : `≤ ${duration(value)}`);

/** Three percentiles of a distribution and their spread on a logarithmic scale, which shows long tails. */
export function Percentiles({ title, note, figures }) {
  const known = figures ?? { p50: null, p95: null, p99: null };
  const place = (value) => (value === null ? 0 : Math.min(100, (Math.log10(Math.max(1, value)) / 6.6) * 100));
  return (
    <section class="card p-4">
      <h2 class="heading">{title}</h2>
      {note && <p class="note">{note}</p>}
      <dl class="percentiles">
        {[
          ['p50', t('overview.median')],
          ['p95', 'p95'],
          ['p99', 'p99'],
        ].map(([name, word]) => (
          <div key={name}>
            <dt class="note">{word}</dt>
            <dd class="figure">{upperBound(known[name])}</dd>
          </div>
        ))}
      </dl>
      <svg class="spread" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="spread-ground" width="100" height="6" />
        {known.p99 !== null && (
          <rect
            class="spread-tail"
            x={place(known.p50)}
            width={Math.max(1, place(known.p99) - place(known.p50))}
            height="6"
          />
        )}
        {known.p95 !== null && (
          <rect
            class="spread-body"
            x={place(known.p50)}
            width={Math.max(1, place(known.p95) - place(known.p50))}
            height="6"
          />
        )}
      </svg>
    </section>
  );
}

function Fact({ label, children, bad = false }) {
  return (
    <div class="flex items-baseline justify-between gap-3 py-1.5">
      <dt class="muted">{label}</dt>
      <dd class={`text-right font-medium ${bad ? 'error-text' : ''}`}>{children}</dd>
    </div>
  );
}

const DUE_CAP = 10_000;

/** The backlog, its age, the last tick and the state of the stores. */
export function Health({ stats }) {
  const { due, tick, degraded } = stats;
  const overdue = { view: 'jobs', status: ['pending'], scheduled_to: '+0m', sort: 'scheduled_at' };
  const href = viewHref(overdue);
  return (
    <section class="card p-4">
      <h2 class="heading mb-1">{t('overview.backlog')}</h2>
      <dl class="divide-y divide-line">
        <Fact
          label={
            <a class="link" href={href} onClick={linkTo(() => go(overdue))}>
              {t('overview.due')}
            </a>
          }
        >
          {due.count >= DUE_CAP ? `${number(DUE_CAP)}+` : number(due.count)}
        </Fact>
        <Fact label={t('overview.oldest')}>
          {due.oldest_scheduled_at ? duration(Math.max(0, now.value - ms(due.oldest_scheduled_at))) : '–'}
        </Fact>
        <Fact label={t('overview.tick')} bad={tick.silent}>
          {tick.last_tick_at ? <Time at={tick.last_tick_at} /> : t('tick.never')}
        </Fact>
        <Fact label={t('overview.stores')} bad={degraded.length > 0}>
          {degraded.length ? t('overview.stores.degraded', { what: degraded.join(', ') }) : t('overview.stores.ok')}
        </Fact>
      </dl>
    </section>
  );
}
