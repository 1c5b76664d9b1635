create schema if not exists tickwork;

create table tickwork.jobs (
  id uuid primary key,
  type text not null check (type ~ '^[a-z][a-z0-9_.-]{0,62}$'),
  status text not null default 'pending'
    check (status in ('pending', 'in_progress', 'completed', 'failed', 'cancelled')),
  payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object'),
  priority int not null default 0 check (priority between -512 and 511),
  retries int not null default 0 check (retries >= 0),
  max_retries int not null default 3 check (max_retries between 0 and 100),
  scheduled_at timestamptz not null default now()
    check (scheduled_at between '2000-01-01Z' and '9000-01-01Z'),
  completed_at timestamptz,
  failed_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  attempt int not null default 0 check (attempt >= 0),
  started_at timestamptz,
  lease_expires_at timestamptz,
  cancel_requested_at timestamptz,
  progress jsonb,
  result jsonb,
  check ((status = 'in_progress') = (lease_expires_at is not null)),
  check ((status = 'completed') = (completed_at is not null))
);

create table tickwork.job_attempts (
  job_id uuid not null,
  attempt int not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null check (outcome in ('completed', 'retry', 'failed', 'cancelled', 'expired')),
  error text,
  logs jsonb not null default '[]',
  primary key (job_id, attempt)
);
