-- One job with an idempotency key in one round trip, if nobody came with it before: a second waits here until the first
-- has committed or given up.
with reserved as (
  insert into tickwork.idempotency_keys (key, request_hash, job_ids)
  values (%(key)s, %(hash)s, array[%(id)s::uuid])
  on conflict (key) do nothing
  returning key
), created as (
  insert into tickwork.jobs (id, type, payload, priority, max_retries, scheduled_at, trace_parent)
  select %(id)s::uuid, %(type)s, %(payload)s::jsonb, %(priority)s, %(max_retries)s,
    coalesce(%(scheduled_at)s, now() + make_interval(secs => %(delay)s)), %(trace_parent)s
  where exists (select from reserved)
  returning id, scheduled_at, created_at
), audited as (
  insert into tickwork.audit (actor, via, action, job_id, detail, request_id)
  select %(actor)s, %(via)s, 'job.create', id, jsonb_build_object('count', 1, 'ids', jsonb_build_array(id)), %(request_id)s
  from created
  where %(actor)s::text is not null
)
select * from created
