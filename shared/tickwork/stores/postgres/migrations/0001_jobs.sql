-- A job is a row. The columns down to created_at are the original scheduler's, with their meanings.

create schema if not exists tickwork;

create table tickwork.jobs (
  id uuid primary key,
  type text not null check (length(type) between 1 and 63), -- a pattern here would cost a fifth of every update
  status text not null default 'pending'
    check (status in ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  priority int not null default 0 check (priority between -512 and 511),
  retries int not null default 0 check (retries >= 0),
  max_retries int not null default 3 check (max_retries between 0 and 100),
  scheduled_at timestamptz not null default now() check (scheduled_at between '2000-01-01Z' and '2200-01-01Z'),
  completed_at timestamptz,
  failed_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  attempt int not null default 0 check (attempt >= 0), -- the fence
  started_at timestamptz,
  lease_expires_at timestamptz,
  cancel_requested_at timestamptz,
  progress jsonb,
  result jsonb,
  check ((status = 'in_progress') = (lease_expires_at is not null)),
  check ((status = 'completed') = (completed_at is not null))
);

-- What a tick reads when the index is away, and what reconcile compares it with.
create index jobs_due on tickwork.jobs (scheduled_at, id) where status = 'pending';
create index jobs_leased on tickwork.jobs (lease_expires_at) where status = 'in_progress';

-- What lists are sorted and filtered by. Ids are UUIDv7, so the primary key is the order of creation.
create index jobs_by_status on tickwork.jobs (status, id);
create index jobs_by_type on tickwork.jobs (type, id);
create index jobs_by_scheduled_at on tickwork.jobs (scheduled_at, id);
create index jobs_by_priority on tickwork.jobs (priority, id);
create index jobs_by_updated_at on tickwork.jobs (updated_at, id);

-- The history: one row for each attempt that ended.
create table tickwork.job_attempts (
  job_id uuid not null,
  attempt int not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null check (outcome in ('completed', 'retry', 'failed', 'cancelled', 'expired')),
  error text,
  logs jsonb,
  primary key (job_id, attempt)
);

create table tickwork.idempotency_keys (
  key text primary key,
  request_hash bytea not null,
  job_ids uuid[] not null,
  created_at timestamptz not null default now()
);

create index idempotency_keys_by_age on tickwork.idempotency_keys (created_at);

-- When a tick last came while the index was away; otherwise the index knows.
create table tickwork.ticks (
  single boolean primary key default true check (single),
  ticked_at timestamptz not null
);
