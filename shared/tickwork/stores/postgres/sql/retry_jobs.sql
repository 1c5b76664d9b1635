-- A new round of retries, due now unless a time is given. The attempt number goes on growing, so old results stay refused.
with before as materialized (
  select id, status
  from tickwork.jobs
  where id = any(%(ids)s) and status in ('failed', 'cancelled')
  for update
), changed as (
  update tickwork.jobs
  set
    status = 'pending',
    retries = 0,
    scheduled_at = coalesce(%(scheduled_at)s, now() + make_interval(secs => %(delay)s)),
    failed_reason = null,
    cancel_requested_at = null,
    updated_at = now()
  where id = any(array(select id from before))
  returning
    id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
    created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
), counted as (
  insert into tickwork.job_counts (type, status, n)
  select type, change.status, sum(change.by)
  from changed join before using (id)
    cross join lateral (values (before.status, -1), ('pending', 1)) as change (status, by)
  group by 1, 2
), audited as (
  insert into tickwork.audit (actor, via, action, job_id, detail, request_id)
  select %(actor)s, %(via)s, 'job.retry', case count(*) when 1 then (array_agg(id))[1] end,
    jsonb_build_object('count', count(*), 'ids', to_jsonb((array_agg(id order by id))[:20])), %(request_id)s
  from changed
  having count(*) > 0 and %(actor)s::text is not null
)
select * from changed
