-- One migrator at a time; the lock ends with the transaction, so it is safe behind a transaction pooler.
do $$
begin
  perform pg_advisory_xact_lock(hashtext('tickwork.migrations'));
  create schema if not exists tickwork;
  create table if not exists tickwork.migrations (
    number int primary key,
    name text not null,
    applied_at timestamptz not null default now()
  );
end
$$
