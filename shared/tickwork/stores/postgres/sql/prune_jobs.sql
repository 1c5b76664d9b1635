-- Delete some final rows that are old enough, oldest first; skips rows that somebody holds, so no claim waits for it.
with completed as materialized (
  select id from tickwork.jobs
  where phase = 'completed' and updated_at < now() - make_interval(secs => %(completed_seconds)s)
  order by updated_at
  limit %(limit)s
  for update skip locked
), failed as materialized (
  select id from tickwork.jobs
  where phase = 'failed' and updated_at < now() - make_interval(secs => %(failed_seconds)s)
  order by updated_at
  limit %(limit)s
  for update skip locked
), cancelled as materialized (
  select id from tickwork.jobs
  where phase = 'cancelled' and updated_at < now() - make_interval(secs => %(failed_seconds)s)
  order by updated_at
  limit %(limit)s
  for update skip locked
), old as materialized (
  select id from completed union all select id from failed union all select id from cancelled limit %(limit)s
), history as (
  delete from tickwork.job_attempts where job_id = any(array(select id from old))
)
delete from tickwork.jobs where id = any(array(select id from old))
