select id, at, actor, via, action, job_id, detail, request_id
from tickwork.audit
where id < coalesce(%(before)s, 9223372036854775807)
order by id desc
limit %(limit)s
