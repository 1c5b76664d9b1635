import { t } from '../lib/strings.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Time } from '../ui/Time.jsx';

const MOMENTS = ['created_at', 'started_at', 'completed_at', 'updated_at', 'lease', 'cancel_requested_at'];
const momentOf = (job, name) => (name === 'lease' ? job.lease_expires_at : job[name]);
const labelOf = (name) => t(['created_at', 'updated_at'].includes(name) ? `col.${name}` : `job.${name}`);

function Fact({ label, children }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The absolute time with its zone, and the relative time beside it. */
function Moment({ at }) {
  return (
    <>
      <Time at={at} exact />{' '}
      <span class="faint">
        · <Time at={at} />
      </span>
    </>
  );
}

export function Facts({ job }) {
  return (
    <dl class="facts">
      <Fact label={t('col.id')}>
        <span class="mono break-all">{job.id}</span> <CopyButton text={job.id} label={t('job.copy.id')} quiet />
      </Fact>
      <Fact label={t('col.type')}>{job.type}</Fact>
      <Fact label={t('col.priority')}>{job.priority}</Fact>
      <Fact label={t('job.retries')}>{t('job.retries.of', { used: job.retries, allowed: job.max_retries })}</Fact>
      <Fact label={t('col.scheduled_at')}>
        <Moment at={job.scheduled_at} />
      </Fact>
      {MOMENTS.filter((name) => momentOf(job, name)).map((name) => (
        <Fact key={name} label={labelOf(name)}>
          <Moment at={momentOf(job, name)} />
        </Fact>
      ))}
    </dl>
  );
}
