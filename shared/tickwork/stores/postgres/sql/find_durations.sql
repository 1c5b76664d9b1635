select case event when 'started' then 'wait' else 'run' end as kind, bucket, sum(n)::bigint as n
from tickwork.job_throughput
where minute > now() - make_interval(secs => %(range_seconds)s)
group by 1, 2
order by 1, 2
