select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where status = 'in_progress'
order by lease_expires_at
limit %(limit)s
