-- Move a waiting job in time or in rank.
with changed as (
  update tickwork.jobs
  set
    scheduled_at = coalesce(%(scheduled_at)s, now() + make_interval(secs => %(delay)s), scheduled_at),
    priority = coalesce(%(priority)s, priority),
    updated_at = now()
  where id = %(id)s and status = 'pending'
  returning
    id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
    created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
), audited as (
  insert into tickwork.audit (actor, via, action, job_id, detail, request_id)
  select %(actor)s, %(via)s, 'job.update', case count(*) when 1 then (array_agg(id))[1] end,
    jsonb_build_object('count', count(*), 'ids', to_jsonb((array_agg(id order by id))[:20])), %(request_id)s
  from changed
  having count(*) > 0 and %(actor)s::text is not null
)
select * from changed
