-- A waiting job is cancelled; a running one is asked to stop. Final ones are left alone.
with changed as (
  update tickwork.jobs
  set
    status = case when status = 'pending' then 'cancelled' else status end,
    cancel_requested_at = coalesce(cancel_requested_at, now()),
    updated_at = now()
  where id = any(%(ids)s) and status in ('pending', 'in_progress')
  returning
    id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
    created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
), counted as (
  insert into tickwork.job_counts (type, status, n)
  select type, change.status, sum(change.by)
  from changed cross join (values ('pending', -1), ('cancelled', 1)) as change (status, by)
  where changed.status = 'cancelled'
  group by 1, 2
), audited as (
  insert into tickwork.audit (actor, via, action, job_id, detail, request_id)
  select %(actor)s, %(via)s, 'job.cancel', case count(*) when 1 then (array_agg(id))[1] end,
    jsonb_build_object('count', count(*), 'ids', to_jsonb((array_agg(id order by id))[:20])), %(request_id)s
  from changed
  having count(*) > 0 and %(actor)s::text is not null
)
select * from changed
