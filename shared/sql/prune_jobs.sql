-- Delete some final rows that are old enough; skips rows that somebody holds, so it never makes a claim wait.
with old as (
  select id from tickwork.jobs
  where (status = 'completed' and updated_at < now() - make_interval(secs => %(completed_seconds)s))
     or (status in ('failed', 'cancelled') and updated_at < now() - make_interval(secs => %(failed_seconds)s))
  limit %(limit)s
  for update skip locked
), history as (
  delete from tickwork.job_attempts using old where job_id = old.id
)
delete from tickwork.jobs using old where jobs.id = old.id
