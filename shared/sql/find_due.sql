-- Ids that a tick may claim while the index is away: the longest due, the most urgent of them first.
select id
from (
  (select id, priority, scheduled_at from tickwork.jobs
   where status = 'pending' and scheduled_at <= now()
   order by scheduled_at limit %(limit)s)
  union all
  (select id, priority, lease_expires_at from tickwork.jobs
   where status = 'in_progress' and lease_expires_at <= now()
   order by lease_expires_at limit %(limit)s)
) due
order by priority desc, scheduled_at
limit %(limit)s
