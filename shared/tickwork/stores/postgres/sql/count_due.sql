select count(*) as count, min(scheduled_at) as oldest_scheduled_at
from (
  select scheduled_at from tickwork.jobs
  where phase = 'open' and status = 'pending' and scheduled_at <= now()
  order by scheduled_at
  limit %(cap)s
) due
