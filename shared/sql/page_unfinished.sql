-- One page of rows that the index should hold, in id order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where id > %(after)s and status in ('pending', 'in_progress')
order by id
limit %(limit)s
