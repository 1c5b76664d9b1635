-- Statistics that cost the same however many jobs there are: every statement that changes jobs appends a few deltas,
-- a tick folds them together now and then, and readers sum what little there is.

create table tickwork.job_counts (
  type text not null,
  status text not null,
  n bigint not null
);

-- How attempts went, by minute: event 'started' counts waits (due → start), any other is an outcome and counts run times
-- (start → finish). Bucket b holds durations up to 2^(b/2) milliseconds.
create table tickwork.job_throughput (
  minute timestamptz not null,
  type text not null,
  event text not null,
  bucket smallint not null,
  n bigint not null
);

create index job_throughput_by_minute on tickwork.job_throughput (minute);

create function tickwork.bucket(duration interval) returns smallint language sql immutable
  return ceil(2 * ln(greatest(extract(epoch from duration)::float8 * 1000, 1)) / ln(2))::smallint;

-- A trigger and not the statements themselves: counts stay right when somebody edits rows by hand.
create function tickwork.count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into tickwork.job_counts select type, status, count(*) from added group by type, status;
  elsif tg_op = 'DELETE' then
    insert into tickwork.job_counts select type, status, -count(*) from removed group by type, status;
  else
    insert into tickwork.job_counts
    select type, status, sum(n)
    from (
      select type, status, -count(*) as n from removed group by type, status
      union all
      select type, status, count(*) from added group by type, status
    ) change
    group by type, status
    having sum(n) <> 0;
  end if;
  return null;
end
$$;

create trigger count_inserted after insert on tickwork.jobs
  referencing new table as added for each statement execute function tickwork.count_jobs();
create trigger count_updated after update on tickwork.jobs
  referencing old table as removed new table as added for each statement execute function tickwork.count_jobs();
create trigger count_deleted after delete on tickwork.jobs
  referencing old table as removed for each statement execute function tickwork.count_jobs();
