-- Row level security on every table, and for each group role what its functions need and no more. The tables' owner,
-- as whom a small installation runs everything, is not held by any of this.
--
-- tickwork_app        create_job, cancel_job, retry_job, update_job, manage_keys, manage_alerts
-- tickwork_dashboard  list_jobs
-- tickwork_tick       tick, run_jobs; it prunes too, so it includes tickwork_pruner
-- tickwork_pruner     `tickwork prune`, where ticks shall not delete
-- tickwork_migrator   `tickwork migrate`
do $$
declare
  stranger text;
  protected text;
  wish record;
begin
  for protected in select tablename from pg_tables where schemaname = 'tickwork' loop
    execute format('alter table tickwork.%I enable row level security', protected);
  end loop;

  revoke all on schema tickwork from public;
  revoke all on all tables in schema tickwork from public;
  revoke all on all functions in schema tickwork from public;
  for stranger in
    select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role')
  loop
    execute format('revoke all on schema tickwork from %I', stranger);
    execute format('revoke all on all tables in schema tickwork from %I', stranger);
    execute format('revoke all on all functions in schema tickwork from %I', stranger);
  end loop;

  for wish in
    select * from (values
      ('tickwork_app', 'jobs', 'select, insert, update'),
      ('tickwork_app', 'job_counts', 'insert'),
      ('tickwork_app', 'job_attempts', 'select'),
      ('tickwork_app', 'idempotency_keys', 'select, insert'),
      ('tickwork_app', 'ticks', 'select'),
      ('tickwork_app', 'api_keys', 'select, insert, update'),
      ('tickwork_app', 'audit', 'insert'),
      ('tickwork_app', 'alert_channels', 'select, insert, update, delete'),
      ('tickwork_app', 'alert_deliveries', 'select, insert, update, delete'),
      ('tickwork_app', 'alert_states', 'select, insert, update, delete'),

      ('tickwork_dashboard', 'jobs', 'select'),
      ('tickwork_dashboard', 'job_attempts', 'select'),
      ('tickwork_dashboard', 'job_counts', 'select'),
      ('tickwork_dashboard', 'job_throughput', 'select'),
      ('tickwork_dashboard', 'job_totals', 'select'),
      ('tickwork_dashboard', 'totals_until', 'select'),
      ('tickwork_dashboard', 'ticks', 'select'),
      ('tickwork_dashboard', 'api_keys', 'select, update (last_used_at)'),
      ('tickwork_dashboard', 'audit', 'select'),
      ('tickwork_dashboard', 'alert_channels', 'select'),
      ('tickwork_dashboard', 'alert_deliveries', 'select, insert, update'), -- /health tells of missing ticks
      ('tickwork_dashboard', 'alert_states', 'select, insert, update'),

      ('tickwork_tick', 'jobs', 'select, update'),
      ('tickwork_tick', 'job_attempts', 'select, insert'),
      ('tickwork_tick', 'job_counts', 'select, insert, update, delete'),
      ('tickwork_tick', 'job_throughput', 'select, insert, update, delete'),
      ('tickwork_tick', 'job_totals', 'select, insert, update'),
      ('tickwork_tick', 'totals_until', 'select, insert, update'),
      ('tickwork_tick', 'ticks', 'select, insert, update'),
      ('tickwork_tick', 'api_keys', 'select, update (last_used_at)'),
      ('tickwork_tick', 'alert_channels', 'select'),
      ('tickwork_tick', 'alert_deliveries', 'select, insert, update, delete'),
      ('tickwork_tick', 'alert_states', 'select, insert, update, delete'),

      ('tickwork_pruner', 'jobs', 'select, update, delete'), -- update: only to lock what it deletes
      ('tickwork_pruner', 'job_attempts', 'select, delete'),
      ('tickwork_pruner', 'job_counts', 'select, insert, delete'),
      ('tickwork_pruner', 'job_throughput', 'select, insert, delete'),
      ('tickwork_pruner', 'job_totals', 'select, insert, update'),
      ('tickwork_pruner', 'totals_until', 'select, insert, update'),
      ('tickwork_pruner', 'idempotency_keys', 'select, delete'),
      ('tickwork_pruner', 'audit', 'select, delete'),
      ('tickwork_pruner', 'alert_deliveries', 'select, delete')
    ) as wishes (role, relation, rights)
    where role in (select rolname from pg_roles) and to_regclass('tickwork.' || relation) is not null
  loop
    execute format('grant usage on schema tickwork to %I', wish.role);
    execute format('grant execute on all functions in schema tickwork to %I', wish.role);
    execute format('grant %s on tickwork.%I to %I', wish.rights, wish.relation, wish.role);
    execute format(
      'create policy %I on tickwork.%I to %I using (true) with check (true)', wish.role, wish.relation, wish.role
    );
  end loop;
  if exists (select from pg_roles where rolname = 'tickwork_migrator') then
    grant usage, create on schema tickwork to tickwork_migrator;
  end if;
end
$$;

do $$
begin
  if not pg_has_role('tickwork_tick', 'tickwork_pruner', 'member') then
    grant tickwork_pruner to tickwork_tick;
  end if;
exception when undefined_object or insufficient_privilege or internal_error then
  raise notice 'tickwork_tick does not include tickwork_pruner: %', sqlerrm;
end
$$;
