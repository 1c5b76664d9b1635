select type, event, bucket, sum(n)::bigint as n
from (
  select type, event, bucket, n from tickwork.job_totals
  union all
  select type, event, bucket, n from tickwork.job_throughput
  where minute >= coalesce((select minute from tickwork.totals_until), '-infinity')
) known
group by 1, 2, 3
order by 1, 2, 3
