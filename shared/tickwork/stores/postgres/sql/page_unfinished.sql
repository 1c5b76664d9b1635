-- One page of rows that the index should hold, in id order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where phase = 'open' and id > %(after)s
  and (%(of)s = 1 or case
    when (get_byte(uuid_send(id), 14) * 256 + get_byte(uuid_send(id), 15)) %% %(of)s = any(%(shards)s) then true
    else false -- `case`: the planner then expects many of them, and goes on reading in order
  end)
order by id
limit %(limit)s
