-- One page of open rows that become due within the horizon, or run, in due order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where phase = 'open'
  and scheduled_at <= now() + make_interval(secs => %(horizon_seconds)s)
  and (scheduled_at, id) > (%(after_at)s, %(after_id)s)
order by scheduled_at, id
limit %(limit)s
