-- recount() kept every claim and settle waiting while it read the whole table. One statement sees rows and counts as of the
-- same moment, since who moves jobs commits both together: what it appends is the difference, whatever is counted or
-- folded meanwhile. It waits for another recount(), which would append the same, and for no work.
create or replace function tickwork.recount() returns void language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'recount() needs read committed: an older snapshot does not see what the last one appended';
  end if;
  lock table tickwork.job_counts in share update exclusive mode;
  insert into tickwork.job_counts (type, status, n)
  select type, status, sum(n)
  from (
    select type, status, count(*) as n from tickwork.jobs group by type, status
    union all
    select type, status, -n from tickwork.job_counts
  ) difference
  group by type, status
  having sum(n) <> 0;
end
$$;
