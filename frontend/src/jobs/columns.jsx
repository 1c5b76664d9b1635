// The columns of the table.
import { duration, firstLine, ms, shortId } from '../lib/format.js';
import { isNumber, stringify } from '../lib/json.js';
import { columns } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { go, hrefOf } from '../lib/urlstate.js';
import { Badge } from '../ui/Badge.jsx';
import { linkTo } from '../ui/Link.jsx';
import { Time } from '../ui/Time.jsx';

const MAX_PREVIEW = 160;
const MAX_VALUE = 60;

/** Attempts since the last manual retry: the retries, and the attempt that is running or has ended. */
const used = (job) =>
  Math.min(job.retries + (job.status === 'pending' || job.attempt === 0 ? 0 : 1), job.max_retries + 1);

function Attempts({ job }) {
  const values = { used: used(job), allowed: job.max_retries + 1 };
  return (
    <span class={job.retries > 0 ? 'tried' : ''} title={t('attempts.of', values)}>
      {values.used}
      <span class="faint">/{values.allowed}</span>
    </span>
  );
}

const isPart = ([, value]) => value !== null && typeof value === 'object' && !isNumber(value);
const brief = ([name, value]) => `${name}: ${typeof value === 'string' ? value.slice(0, MAX_VALUE) : stringify(value)}`;

/** {"lines": […], "to": "ada@…"} → `to: ada@…, lines: […]`: scalars first. */
function preview(payload) {
  if (payload === null) return t('payload.large');
  const entries = Object.entries(payload ?? {});
  return [...entries.filter((entry) => !isPart(entry)), ...entries.filter(isPart)]
    .map(brief)
    .join(', ')
    .slice(0, MAX_PREVIEW);
}

function Details({ job }) {
  if (job.unmatched) return <span class="faint">{t('row.left')}</span>;
  if (job.failed_reason && job.status !== 'completed')
    return <span class="error-text">{firstLine(job.failed_reason)}</span>;
  return <span class="preview">{preview(job.payload)}</span>;
}

function Span({ from, to }) {
  return from && to ? duration(Math.max(0, ms(to) - ms(from))) : <span class="faint">–</span>;
}

function IdLink({ job, tabIndex }) {
  const open = { job: job.id };
  return (
    <a class="id" href={hrefOf(open)} title={job.id} tabIndex={tabIndex} onClick={linkTo(() => go(open))}>
      {shortId(job.id)}
    </a>
  );
}

/** A failed job was last updated when its last attempt ended. */
const ended = (job) => (job.status === 'failed' ? job.updated_at : job.completed_at);

export const COLUMNS = {
  status: { cell: ({ job }) => <Badge job={job} /> },
  type: { cell: ({ job }) => <span class="type-name">{job.type}</span> },
  id: { cell: IdLink },
  priority: {
    sort: true,
    numeric: true,
    cell: ({ job }) => <span class={job.priority === 0 ? 'faint' : ''}>{job.priority}</span>,
  },
  scheduled_at: { sort: true, cell: ({ job }) => <Time at={job.scheduled_at} /> },
  attempts: { numeric: true, cell: Attempts },
  created_at: { sort: true, cell: ({ job }) => <Time at={job.created_at} /> },
  updated_at: { sort: true, cell: ({ job }) => <Time at={job.updated_at} /> },
  wait: { numeric: true, cell: ({ job }) => <Span from={job.started_at && job.scheduled_at} to={job.started_at} /> },
  run: { numeric: true, cell: ({ job }) => <Span from={job.started_at} to={ended(job)} /> },
  details: { cell: Details },
};

export const DEFAULT_COLUMNS = [
  'status',
  'type',
  'id',
  'priority',
  'scheduled_at',
  'attempts',
  'created_at',
  'details',
];
export const FIXED_COLUMNS = ['status', 'type', 'id'];

export const visibleColumns = () => {
  const wanted = new Set([...FIXED_COLUMNS, ...(columns.value ?? DEFAULT_COLUMNS)]);
  return Object.keys(COLUMNS).filter((name) => wanted.has(name));
};
