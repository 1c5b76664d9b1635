insert into tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at)
select id, type, payload::jsonb, priority, max_retries, coalesce(scheduled_at, now() + make_interval(secs => delay))
from unnest(
  %(id)s::uuid[], %(type)s::text[], %(payload)s::text[], %(priority)s::int[],
  %(max_retries)s::int[], %(scheduled_at)s::timestamptz[], %(delay)s::float8[]
) as new (id, type, payload, priority, max_retries, scheduled_at, delay)
returning id, scheduled_at, created_at
