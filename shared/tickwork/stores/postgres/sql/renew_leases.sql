-- Keep running attempts leased and their progress known; says which were asked to stop. A lost lease is not revived.
update tickwork.jobs
set
  lease_expires_at = now() + make_interval(secs => %(lease_seconds)s),
  progress = coalesce(held.progress::jsonb, jobs.progress)
from unnest((select %(ids)b::uuid[]), (select %(attempts)b::int[]), (select %(progress)b::text[])) as held (id, attempt, progress)
where jobs.id = held.id and jobs.attempt = held.attempt and (jobs.status = 'in_progress' or held.id is null)
returning jobs.id, status, priority, scheduled_at, lease_expires_at, cancel_requested_at is not null
