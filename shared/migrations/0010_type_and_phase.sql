-- A filter by type and status read every job of the type; one by type alone merges the phases' ranges.
drop index tickwork.jobs_by_type;
create index jobs_by_type on tickwork.jobs (type, phase, id);

-- Types differ in how they end: without this the planner looks for the failed ones of a type that never fails in all rows.
create statistics tickwork.jobs_type_phase (mcv) on type, phase from tickwork.jobs;
