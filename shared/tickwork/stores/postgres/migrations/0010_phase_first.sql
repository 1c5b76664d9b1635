-- Every index of state begins with the phase: any list is then a few ranges to merge, what ended is pruned without a look
-- at what waits, and the index of due rows is the open part of one that lists need anyway.
drop index tickwork.jobs_due, tickwork.jobs_by_type, tickwork.jobs_by_scheduled_at, tickwork.jobs_by_priority,
  tickwork.jobs_by_updated_at;
create index jobs_by_type on tickwork.jobs (type, phase, id);
create index jobs_by_scheduled_at on tickwork.jobs (phase, scheduled_at, id);
create index jobs_by_priority on tickwork.jobs (phase, priority, id);
create index jobs_by_updated_at on tickwork.jobs (phase, updated_at, id);

-- Types differ in how they end: without this the planner looks for the failed ones of a type that never fails in all rows.
create statistics tickwork.jobs_type_phase (mcv) on type, phase from tickwork.jobs;

-- Who runs has become due, and is looked for among the due ones: an index that knows who runs would be written by every
-- claim. The planner takes all that is past for due and would read the whole table; in here it cannot.
create function tickwork.running() returns setof tickwork.jobs language sql stable rows 100
  set enable_seqscan to off set enable_bitmapscan to off set enable_sort to off
  as $$
    select * from tickwork.jobs
    where phase = 'open' and scheduled_at <= now() and status = 'in_progress'
    order by scheduled_at, id
  $$;
