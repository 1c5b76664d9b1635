-- What create_jobs does where row level security holds the caller, which COPY does not go with.
insert into tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at, trace_parent)
select id, type, payload::jsonb, priority, max_retries, scheduled_at, trace_parent
from unnest(
  %(ids)s::uuid[], %(types)s::text[], %(payloads)s::text[], %(priorities)s::int[], %(max_retries)s::int[],
  %(scheduled_at)s::timestamptz[], %(trace_parents)s::text[]
) as new (id, type, payload, priority, max_retries, scheduled_at, trace_parent)
