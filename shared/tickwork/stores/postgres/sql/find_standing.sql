-- Where the rows behind these ids stand; an id without a row comes back with nulls.
select asked.id, status, priority, scheduled_at, lease_expires_at
from unnest(%(ids)s::uuid[]) as asked (id) left join tickwork.jobs using (id)
