-- A waiting job is cancelled; a running one is asked to stop. Final ones are left alone.
update tickwork.jobs
set
  status = case when status = 'pending' then 'cancelled' else status end,
  cancel_requested_at = coalesce(cancel_requested_at, now()),
  updated_at = now()
where id = any(%(ids)s) and status in ('pending', 'in_progress')
returning
  id, type, status, payload, priority, retries, max_retries, scheduled_at, completed_at, failed_reason,
  created_at, updated_at, attempt, started_at, lease_expires_at, cancel_requested_at, progress, result
