-- One page of open rows that become due within the horizon, or run, in due order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where phase = 'open'
  and scheduled_at <= now() + make_interval(secs => %(horizon_seconds)s)
  and (scheduled_at, id) > (%(after_at)s, %(after_id)s)
  and (%(of)s = 1 or case
    when (get_byte(uuid_send(id), 14) * 256 + get_byte(uuid_send(id), 15)) %% %(of)s = any(%(shards)s) then true
    else false -- `case`: the planner then expects many of them, and goes on reading in order
  end)
order by scheduled_at, id
limit %(limit)s
