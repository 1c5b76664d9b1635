-- The trigger that counted what an UPDATE changed kept two copies of every row for it, a tenth of what Postgres does for a
-- job. The statements that move jobs from status to status count themselves now; created and deleted rows still have theirs.
drop trigger count_updated on tickwork.jobs;

create or replace function tickwork.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tickwork.job_counts select type, status, count(*) from added group by type, status;
  else
    insert into tickwork.job_counts select type, status, -count(*) from removed group by type, status;
  end if;
  return null;
end
$$;

-- extract() answers with a numeric, whose way to a float is longer than the logarithm's.
create or replace function tickwork.bucket(duration interval) returns smallint language sql immutable
  return ceil(2 * ln(greatest(date_part('epoch', duration) * 1000, 1::double precision)) / ln(2::double precision))::smallint;

-- Counts every job anew: after rows were changed by hand, and once the last function of before this migration is gone.
-- Statements that move jobs wait for it.
create function tickwork.recount() returns void language plpgsql as $$
begin
  lock table tickwork.job_counts in exclusive mode;
  delete from tickwork.job_counts;
  insert into tickwork.job_counts select type, status, count(*) from tickwork.jobs group by type, status;
end
$$;
