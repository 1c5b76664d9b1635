-- Sum the deltas of job_counts into one row for each type and status. Two folders at once share the rows between them:
-- what is summed is what this statement itself deleted.
with deltas as (
  delete from tickwork.job_counts
  where ctid = any(array(select ctid from tickwork.job_counts for update skip locked))
  returning type, status, n
)
insert into tickwork.job_counts (type, status, n)
select type, status, sum(n) from deltas group by type, status having sum(n) <> 0
