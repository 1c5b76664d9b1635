select extract(epoch from now() - min(scheduled_at))::float8 as seconds
from tickwork.jobs
where phase = 'open' and status = 'pending' and scheduled_at <= now()
