-- Who may call, and what they did. A key itself is nowhere: only its SHA-256, which 256 random bits need no salt for.

create table tickwork.api_keys (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  role text not null check (role in ('viewer', 'operator', 'admin')),
  prefix text not null unique check (prefix ~ '^[a-z0-9]{8}$'),
  hash bytea not null check (octet_length(hash) = 32),
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);

create index api_keys_by_name on tickwork.api_keys (name) where revoked_at is null;

-- One row a call that changed something; `detail` holds how many jobs and the first twenty ids.
create table tickwork.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  via text not null,
  action text not null,
  job_id uuid,
  detail jsonb not null default '{}',
  request_id text not null
);

create index audit_by_age on tickwork.audit (at);
