select type, status, sum(n)::bigint as n from tickwork.job_counts group by type, status having sum(n) > 0
