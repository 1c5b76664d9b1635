-- Which of these run with a lease that is over.
select id from tickwork.jobs
where id = any(%(ids)s) and status = 'in_progress' and lease_expires_at <= now()
