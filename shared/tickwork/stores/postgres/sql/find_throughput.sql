select date_bin(make_interval(secs => %(bucket_seconds)s), minute, '2000-01-01Z') as at, event, sum(n)::bigint as n
from tickwork.job_throughput
where minute > now() - make_interval(secs => %(range_seconds)s)
group by 1, 2
order by 1
