-- Ids that a tick may claim while the index, or some shards of it, are away: the longest due, the most urgent of them
-- first. A job's shard is in the last two bytes of its id.
select id
from (
  select id, priority, scheduled_at from tickwork.jobs
  where phase = 'open' and scheduled_at <= now() and (status = 'pending' or lease_expires_at <= now())
    and (%(of)s = 1 or case
      when (get_byte(uuid_send(id), 14) * 256 + get_byte(uuid_send(id), 15)) %% %(of)s = any(%(shards)s) then true
      else false -- `case`: the planner then expects many of them, and goes on reading in order
    end)
  order by scheduled_at, id
  limit %(limit)s
) due
order by priority desc, scheduled_at
