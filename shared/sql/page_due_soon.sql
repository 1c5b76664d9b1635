-- One page of waiting rows that become due within the horizon, in due order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where status = 'pending'
  and scheduled_at <= now() + make_interval(secs => %(horizon_seconds)s)
  and (scheduled_at, id) > (%(after_at)s, %(after_id)s)
order by scheduled_at, id
limit %(limit)s
