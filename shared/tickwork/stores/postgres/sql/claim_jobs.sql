-- Turn due rows into running ones. Those whose lease expired are rescue_jobs.sql's.
-- Who comes a little early is claimed, and told the time: `clock`, from which its start is reckoned.
-- The attempt number grows with every claim: it is the fence that refuses an earlier claimer's late result.
-- No indexed column changes, not even updated_at: that keeps the update out of every index.
-- The locking CTE never waits for a row that somebody holds; `= any(array(…))` keeps the plan on the primary key.
with due as materialized (
  select id from tickwork.jobs
  where id = any(%(ids)b::uuid[]) and status = 'pending'
    and scheduled_at <= now() + make_interval(secs => %(early_seconds)s)
  for update skip locked
), claimed as (
  update tickwork.jobs
  set
    status = 'in_progress',
    attempt = attempt + 1,
    started_at = greatest(now(), scheduled_at),
    lease_expires_at = now() + make_interval(secs => %(lease_seconds)s)
  where id = any(array(select id from due))
  returning id, type, status, payload::text, priority, attempt, retries, max_retries, scheduled_at, started_at,
    false as rescued, trace_parent,
    case when scheduled_at > now() then clock_timestamp() end as clock
), started as materialized (
  select type, tickwork.bucket(now() - scheduled_at) as bucket, count(*) as n
  from claimed
  group by 1, 2
), noted as (
  insert into tickwork.job_throughput (minute, type, event, bucket, n)
  select date_trunc('minute', now()), type, 'started', bucket, n
  from started
), counted as (
  insert into tickwork.job_counts (type, status, n)
  select type, change.status, sum(change.by * n)
  from started cross join (values ('pending', -1), ('in_progress', 1)) as change (status, by)
  group by 1, 2
)
select * from claimed
