-- Where messages go when something is wrong, what was told already, and what became of each message.

create table tickwork.alert_channels (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  kind text not null check (kind in ('email', 'slack', 'webhook')),
  url text not null, -- may hold a password or be one: never given out again
  events text[] not null,
  created_at timestamptz not null default now()
);

-- An event is told once until it is over: `active`. Failures are told by type, those `counted` lately are told.
create table tickwork.alert_states (
  event text not null,
  subject text not null default '',
  active boolean not null default false,
  told_at timestamptz,
  counted bigint not null default 0,
  before bigint not null default 0,
  primary key (event, subject)
);

-- Failures of before are no news.
insert into tickwork.alert_states (event, subject, counted)
select 'job_failed', type, sum(n)
from (
  select type, n from tickwork.job_totals where event = 'failed'
  union all
  select type, n from tickwork.job_throughput
  where event = 'failed' and minute >= coalesce((select minute from tickwork.totals_until), '-infinity')
) known
group by type;

-- Written together with what they tell, sent afterwards: a message survives whoever was to send it.
create table tickwork.alert_deliveries (
  id uuid primary key,
  at timestamptz not null default now(),
  channel_id uuid not null,
  channel text not null,
  event text not null,
  subject text not null default '',
  count bigint not null default 0,
  seconds float8 not null default 0,
  tries int not null default 0,
  next_try_at timestamptz, -- null: done with
  ok boolean not null default false,
  error text
);

create index alert_deliveries_by_age on tickwork.alert_deliveries (at);
create index alert_deliveries_to_do on tickwork.alert_deliveries (next_try_at) where next_try_at is not null;
