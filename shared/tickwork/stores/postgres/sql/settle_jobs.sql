-- Write outcomes, each guarded by its fence: the row must still be running the very attempt that reports.
-- (select …) around the arrays, and the `or o.id is null` that is never true, keep the planner from believing that no
-- row is running and scanning the whole table for the few it expects: the plan stays on the primary key.
-- Who failed or was released after cancellation was requested is not tried again: a retry of theirs is told as
-- cancelled, not counted, and given no time.
with settled as (
  update tickwork.jobs
  set
    status = case
      when outcome in ('completed', 'failed', 'cancelled') then outcome
      when cancel_requested_at is not null then 'cancelled'
      else 'pending'
    end,
    retries = retries + (outcome = 'retry' and cancel_requested_at is null)::int,
    scheduled_at = case
      when outcome = 'retry' and cancel_requested_at is null then now() + make_interval(secs => coalesce(delay, 0))
      else scheduled_at
    end,
    completed_at = case when outcome = 'completed' then now() end,
    failed_reason = case when outcome <> 'completed' then coalesce(split_part(error, E'\n', 1), failed_reason) end,
    result = o.result::jsonb,
    lease_expires_at = null,
    progress = null,
    updated_at = now()
  from unnest(
    (select %(ids)b::uuid[]), (select %(attempts)b::int[]), (select %(outcomes)b::text[]), (select %(errors)b::text[]),
    (select %(results)b::text[]), (select %(logs)b::text[]), (select %(delays)b::float8[])
  ) as o (id, attempt, outcome, error, result, logs, delay)
  where jobs.id = o.id and jobs.attempt = o.attempt and (jobs.status = 'in_progress' or o.id is null)
  returning jobs.id, type, status, priority, scheduled_at, started_at, jobs.attempt,
    case when outcome = 'retry' and status = 'cancelled' then 'cancelled' else outcome end as outcome,
    error, logs
), history as (
  insert into tickwork.job_attempts (job_id, attempt, started_at, finished_at, outcome, error, logs)
  select id, attempt, started_at, now(), outcome, error, logs::jsonb
  from settled
  where outcome <> 'released'
), ended as materialized (
  select type, outcome, status, tickwork.bucket(now() - started_at) as bucket, count(*) as n
  from settled
  group by 1, 2, 3, 4
), noted as (
  insert into tickwork.job_throughput (minute, type, event, bucket, n)
  select date_trunc('minute', now()), type, outcome, bucket, n
  from ended
  where outcome <> 'released'
), counted as (
  insert into tickwork.job_counts (type, status, n)
  select type, change.status, sum(change.by * n)
  from ended cross join lateral (values ('in_progress', -1), (ended.status, 1)) as change (status, by)
  group by 1, 2
)
-- One row whatever the number of jobs: those that ended are the many, and of them the index asks for 16 bytes each.
select
  coalesce(string_agg(uuid_send(id), ''::bytea) filter (where status <> 'pending'), ''::bytea) as ended,
  coalesce(array_agg(id) filter (where status = 'pending'), '{}') as waiting,
  coalesce(array_agg(priority) filter (where status = 'pending'), '{}') as priorities,
  coalesce(array_agg(scheduled_at) filter (where status = 'pending'), '{}') as scheduled_at
from settled
