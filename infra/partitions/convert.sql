-- Second step, one transaction: the tables become the first partition of new ones with their names. No row is touched, no
-- index built; every statement waits meanwhile, for milliseconds.
do $$
declare
  cutoff uuid := {cutoff};
  parent text;
  key text;
  definition text;
  grantee record;
  rule record;
  running text := pg_get_functiondef('tickwork.running()'::regprocedure);
  callers aclitem[] := (select proacl from pg_proc where oid = 'tickwork.running()'::regprocedure);
begin
  drop function tickwork.running();
  drop trigger count_inserted on tickwork.jobs;
  drop trigger count_deleted on tickwork.jobs;
  foreach parent in array array['jobs', 'job_attempts'] loop
    key := case parent when 'jobs' then 'id' else 'job_id' end;
    execute format('alter table tickwork.%I rename to %I', parent, parent || '_before');
    execute format(
      'create table tickwork.%I (like tickwork.%I including all excluding indexes excluding storage) partition by range (%I)',
      parent, parent || '_before', key
    );
    execute format('alter table tickwork.%I drop constraint %I', parent, parent || '_before');
    execute format('alter table tickwork.%I enable row level security', parent);
    for definition in
      select pg_get_indexdef(indexrelid) from pg_index
      where indrelid = ('tickwork.' || parent || '_before')::regclass and not indisprimary
    loop
      -- The old one keeps its data and gives its name to the whole.
      execute format('alter index tickwork.%I rename to %I',
        (regexp_match(definition, 'INDEX (\S+) ON'))[1], (regexp_match(definition, 'INDEX (\S+) ON'))[1] || '_before');
      execute replace(definition, format('tickwork.%I', parent || '_before'), format('only tickwork.%I', parent));
    end loop;
    execute format('alter index tickwork.%I rename to %I', parent || '_pkey', parent || '_before_pkey');
    execute format('alter table tickwork.%I add primary key (%s)', parent,
      case parent when 'jobs' then 'id' else 'job_id, attempt' end);
    execute format('alter table tickwork.%I attach partition tickwork.%I for values from (minvalue) to (%L)',
      parent, parent || '_before', cutoff);
    execute format('alter table tickwork.%I drop constraint %I', parent || '_before', parent || '_before');
    execute format('create table tickwork.%I partition of tickwork.%I default', parent || '_default', parent);
    execute format('alter table tickwork.%I enable row level security', parent || '_default');
    for grantee in
      select acl.grantee::regrole as role, acl.privilege_type as right from pg_class, aclexplode(relacl) acl
      where oid = ('tickwork.' || parent || '_before')::regclass and acl.grantee <> relowner and acl.grantee <> 0
    loop
      execute format('grant %s on tickwork.%I to %s', grantee.right, parent, grantee.role);
      execute format('revoke %s on tickwork.%I from %s', grantee.right, parent || '_before', grantee.role);
    end loop;
    for rule in
      select policyname, roles[1]::text as role from pg_policies
      where schemaname = 'tickwork' and tablename = parent || '_before'
    loop
      execute format('drop policy %I on tickwork.%I', rule.policyname, parent || '_before');
      execute format('create policy %I on tickwork.%I to %I using (true) with check (true)',
        rule.policyname, parent, rule.role);
    end loop;
  end loop;
  alter table tickwork.jobs_default set (fillfactor = 45);
  create trigger count_inserted after insert on tickwork.jobs
    referencing new table as added for each statement execute function tickwork.count_jobs();
  create trigger count_deleted after delete on tickwork.jobs
    referencing old table as removed for each statement execute function tickwork.count_jobs();
  execute running;
  if callers is not null then
    revoke all on function tickwork.running() from public;
  end if;
  for grantee in
    select case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end as role from aclexplode(callers) acl
  loop
    execute format('grant execute on function tickwork.running() to %s', grantee.role);
  end loop;
  create table tickwork.partitions_until (
    single boolean primary key default true check (single), newest timestamptz not null
  );
  alter table tickwork.partitions_until enable row level security;
  insert into tickwork.partitions_until (newest) values ({at});
end
$$;
