-- Turn rows whose lease expired into their next attempt, or their end.
-- A row whose lease expired twice in a row may be what kills its function. Such rows wait for the others, then go in
-- small groups, and each alone when it may be its last attempt, so that one cannot take all its neighbours along.
-- No indexed column changes, not even updated_at, unless a row ends here: that keeps the update out of every index.
-- The locking CTE never waits for a row that somebody holds; `= any(array(…))` keeps the plan on the primary key.
with due as materialized (
  select id, attempt, started_at,
    case
      when retries >= max_retries or cancel_requested_at is not null then 0
      when failed_reason is distinct from 'the lease expired before a result came' then 0
      when retries + 1 < max_retries then 1
      else 2
    end as suspicion
  from tickwork.jobs
  where id = any(%(ids)b::uuid[]) and status = 'in_progress' and lease_expires_at <= now()
  for update skip locked
), chosen as materialized (
  select *
  from due
  where suspicion = (select min(suspicion) from due) and (suspicion = 0 or %(suspects)s)
  order by id
  limit case (select min(suspicion) from due) when 1 then 20 when 2 then 1 end
), rescued as (
  update tickwork.jobs
  set
    status = case
      when cancel_requested_at is not null then 'cancelled'
      when retries >= max_retries then 'failed'
      else 'in_progress'
    end,
    attempt = attempt + (cancel_requested_at is null and retries < max_retries)::int,
    retries = least(retries + 1, max_retries),
    started_at = case when cancel_requested_at is null and retries < max_retries then now() else started_at end,
    lease_expires_at = case
      when cancel_requested_at is null and retries < max_retries
        then now() + make_interval(secs => %(lease_seconds)s)
    end,
    failed_reason = 'the lease expired before a result came',
    updated_at = case when cancel_requested_at is null and retries < max_retries then updated_at else now() end
  where id = any(array(select id from chosen))
  returning id, type, status, payload::text, priority, attempt, retries, max_retries, scheduled_at, started_at,
    true as rescued, trace_parent, null::timestamptz as clock
), expired as (
  insert into tickwork.job_attempts (job_id, attempt, started_at, finished_at, outcome, error)
  select id, attempt, started_at, now(), 'expired', 'the lease expired before a result came'
  from chosen
  on conflict do nothing
), noted as (
  insert into tickwork.job_throughput (minute, type, event, bucket, n)
  select date_trunc('minute', now()), type, case rescued.status when 'in_progress' then 'expired' else rescued.status end,
    tickwork.bucket(now() - chosen.started_at), count(*)
  from rescued join chosen using (id)
  group by 1, 2, 3, 4
), counted as (
  insert into tickwork.job_counts (type, status, n)
  select type, change.status, sum(change.by)
  from rescued cross join lateral (values ('in_progress', -1), (rescued.status, 1)) as change (status, by)
  where rescued.status <> 'in_progress'
  group by 1, 2
)
select * from rescued
