-- Turn due rows into running ones, and rows whose lease expired into their next attempt or their end.
-- The attempt number grows with every claim: it is the fence that refuses an earlier claimer's late result.
-- A row whose lease expired twice in a row may be what kills its function. Such rows wait for the others, then go in
-- small groups, and each alone when it may be its last attempt, so that one cannot take all its neighbours along.
-- No indexed column changes, not even updated_at, unless a row ends here: that keeps the update out of every index.
-- The locking CTE never waits for a row that somebody holds; `= any(array(…))` keeps the plan on the primary key.
with due as materialized (
  select id, status, attempt, started_at,
    case
      when status = 'pending' or retries >= max_retries or cancel_requested_at is not null then 0
      when failed_reason is distinct from 'the lease expired before a result came' then 0
      when retries + 1 < max_retries then 1
      else 2
    end as suspicion
  from tickwork.jobs
  where id = any(%(ids)t::uuid[])
    and (status = 'pending' and scheduled_at <= now() or status = 'in_progress' and lease_expires_at <= now())
  order by id
  for update skip locked
), chosen as materialized (
  select *
  from due
  where suspicion = (select min(suspicion) from due)
  order by id
  limit case (select min(suspicion) from due) when 1 then 20 when 2 then 1 end
), claimed as (
  update tickwork.jobs
  set
    status = case
      when status = 'pending' then 'in_progress'
      when cancel_requested_at is not null then 'cancelled'
      when retries >= max_retries then 'failed'
      else 'in_progress'
    end,
    attempt = attempt + (status = 'pending' or cancel_requested_at is null and retries < max_retries)::int,
    retries = least(retries + (status = 'in_progress')::int, max_retries),
    started_at = case
      when status = 'pending' or cancel_requested_at is null and retries < max_retries then now()
      else started_at
    end,
    lease_expires_at = case
      when status = 'pending' or cancel_requested_at is null and retries < max_retries
        then now() + make_interval(secs => %(lease_seconds)s)
    end,
    failed_reason = case
      when status = 'in_progress' then 'the lease expired before a result came'
      else failed_reason
    end,
    updated_at = case
      when status = 'pending' or cancel_requested_at is null and retries < max_retries then updated_at
      else now()
    end
  where id = any(array(select id from chosen))
  returning id, type, status, payload::text, priority, attempt, retries, max_retries, scheduled_at, started_at,
    id = any(array(select id from chosen where status = 'in_progress')) as rescued,
    trace_parent
), expired as (
  insert into tickwork.job_attempts (job_id, attempt, started_at, finished_at, outcome, error)
  select id, attempt, started_at, now(), 'expired', 'the lease expired before a result came'
  from chosen
  where status = 'in_progress'
  on conflict do nothing
), counted as (
  insert into tickwork.job_throughput (minute, type, event, bucket, n)
  select date_trunc('minute', now()), type, 'started', tickwork.bucket(now() - scheduled_at), count(*)
  from claimed
  where not rescued
  group by 1, 2, 3, 4
  union all
  select date_trunc('minute', now()), type, case claimed.status when 'in_progress' then 'expired' else claimed.status end,
    tickwork.bucket(now() - chosen.started_at), count(*)
  from claimed join chosen using (id)
  where rescued
  group by 1, 2, 3, 4
)
select * from claimed
