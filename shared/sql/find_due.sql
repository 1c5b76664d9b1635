-- Ids that a tick may claim while the index is away: the longest due, the most urgent of them first.
select id
from (
  select id, priority, scheduled_at from tickwork.jobs
  where phase = 'open' and scheduled_at <= now() and (status = 'pending' or lease_expires_at <= now())
  order by scheduled_at, id
  limit %(limit)s
) due
order by priority desc, scheduled_at
