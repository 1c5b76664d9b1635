-- One page of rows that the index should hold, in id order, for reconcile.
select id, status, priority, scheduled_at, lease_expires_at
from tickwork.jobs
where phase = 'open' and id > %(after)s
order by id
limit %(limit)s
