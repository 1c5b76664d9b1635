select attempt, started_at, finished_at, outcome, error, logs
from tickwork.job_attempts
where job_id = %(id)s
order by attempt desc
limit 200
