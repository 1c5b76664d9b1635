-- Group roles, one for each kind of function; what each may do is in 0008. Roles belong to the whole server: another
-- database may have made them already, and where the migrating user may make none, the owner of the tables does all.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'tickwork_migrator', 'tickwork_app', 'tickwork_tick', 'tickwork_dashboard', 'tickwork_pruner'
  ] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then
        execute format('create role %I nologin', wanted);
      end if;
    exception when insufficient_privilege or duplicate_object or unique_violation then
      raise notice 'the role % is left out: %', wanted, sqlerrm;
    end;
  end loop;
end
$$;
