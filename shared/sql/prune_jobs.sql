-- Delete some final rows that are old enough, oldest first; skips rows that somebody holds, so no claim waits for it.
with old as materialized (
  select id from tickwork.jobs
  where updated_at < now() - make_interval(secs => least(%(completed_seconds)s, %(failed_seconds)s))
    and (status = 'completed' and updated_at < now() - make_interval(secs => %(completed_seconds)s)
      or status in ('failed', 'cancelled') and updated_at < now() - make_interval(secs => %(failed_seconds)s))
  order by updated_at
  limit %(limit)s
  for update skip locked
), history as (
  delete from tickwork.job_attempts where job_id = any(array(select id from old))
)
delete from tickwork.jobs where id = any(array(select id from old))
