-- The trace that a job was created in (W3C traceparent), handed on to whatever it causes.
alter table tickwork.jobs add column trace_parent text;

-- How often each thing ever happened: what job_throughput forgets after 31 days and monitoring must not see shrink.
-- Event 'started' counts waits by bucket, an outcome run times by bucket; 'refused' and 'reconciled' have type '' and
-- bucket 0. Minutes from totals_until on are in job_throughput alone.
create table tickwork.job_totals (
  type text not null,
  event text not null,
  bucket smallint not null,
  n bigint not null,
  primary key (type, event, bucket)
);

create table tickwork.totals_until (
  single boolean primary key default true check (single),
  minute timestamptz not null,
  before timestamptz not null
);
