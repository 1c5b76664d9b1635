-- Functions that part tickwork.jobs and tickwork.job_attempts by time, which the ids (UUIDv7) carry: the primary key stays
-- what it was, and so does every statement. Run as the tables' owner; `python -m infra.partitions` does.

create or replace function tickwork.id_at(at timestamptz) returns uuid language sql immutable
  return rpad(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- A partition of `parent` for ids made in [since, until): rows that came into the default partition meanwhile move over.
create or replace function tickwork.add_partition(parent text, since timestamptz, until timestamptz) returns void
language plpgsql as $$
declare
  part text := parent || '_' || to_char(since at time zone 'UTC', 'YYYYMMDD');
  key text := case parent when 'jobs' then 'id' else 'job_id' end;
  bounds text := format('%I >= %L and %I < %L', key, tickwork.id_at(since), key, tickwork.id_at(until));
  strayed boolean;
begin
  if to_regclass('tickwork.' || part) is not null then
    return;
  end if;
  execute format('create table tickwork.%I (like tickwork.%I including all excluding indexes)', part, parent);
  if parent = 'jobs' then
    execute format('alter table tickwork.%I set (fillfactor = 45)', part);
  end if;
  execute format('alter table tickwork.%I enable row level security', part);
  execute format('revoke all on tickwork.%I from public', part);
  execute format('select exists (select from tickwork.%I where %s)', parent || '_default', bounds) into strayed;
  if strayed then
    execute format('alter table tickwork.%I detach partition tickwork.%I', parent, parent || '_default');
    perform tickwork.move_rows(parent || '_default', part, bounds);
    execute format('alter table tickwork.%I attach partition tickwork.%I default', parent, parent || '_default');
  end if;
  execute format(
    'alter table tickwork.%I attach partition tickwork.%I for values from (%L) to (%L)',
    parent, part, tickwork.id_at(since), tickwork.id_at(until)
  );
end
$$;

create or replace function tickwork.move_rows(source text, target text, which text) returns void language plpgsql as $$
declare
  names text := (
    select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = ('tickwork.' || source)::regclass and attnum > 0 and not attisdropped and attgenerated = ''
  );
begin
  execute format(
    'with moved as (delete from tickwork.%I where %s returning %s) insert into tickwork.%I (%s) select * from moved',
    source, which, names, target, names
  );
end
$$;

-- Partitions of `width` each, from where the newest ends to `ahead` from now. In the session's zone a day may have 23
-- hours, and two partitions one name.
create or replace function tickwork.make_partitions(ahead interval, width interval default '1 day') returns int
language plpgsql set timezone = 'UTC' as $$
declare
  since timestamptz;
  made int := 0;
begin
  select newest into since from tickwork.partitions_until;
  while since < now() + ahead loop
    perform tickwork.add_partition('jobs', since, since + width);
    perform tickwork.add_partition('job_attempts', since, since + width);
    since := since + width;
    made := made + 1;
  end loop;
  update tickwork.partitions_until set newest = since;
  analyze tickwork.jobs, tickwork.job_attempts; -- autovacuum knows the partitions, but not the whole
  return made;
end
$$;

-- Drop each partition, with its attempts, of which no row is to be kept: none is open, none ended within `keep`.
create or replace function tickwork.drop_partitions(keep interval) returns setof text language plpgsql as $$
declare
  part text;
  wanted boolean;
begin
  for part in
    select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'tickwork.jobs'::regclass and relname <> 'jobs_default' order by relname <> 'jobs_before', relname
  loop
    execute format(
      'select exists (select from tickwork.%I where phase = ''open'')'
      ' or exists (select from tickwork.%I where phase = ''completed'' and updated_at >= $1)'
      ' or exists (select from tickwork.%I where phase = ''failed'' and updated_at >= $1)'
      ' or exists (select from tickwork.%I where phase = ''cancelled'' and updated_at >= $1)', part, part, part, part
    ) into wanted using now() - keep;
    continue when wanted or not tickwork.is_past(part);
    execute format('lock table tickwork.%I in access exclusive mode', part); -- nobody starts a new round of one now
    execute format('select exists (select from tickwork.%I where phase = ''open'')', part) into wanted;
    continue when wanted;
    execute format('insert into tickwork.job_counts select type, status, -count(*) from tickwork.%I group by 1, 2', part);
    execute format('drop table tickwork.%I, tickwork.%I', part, replace(part, 'jobs_', 'job_attempts_'));
    return next part;
  end loop;
end
$$;

create or replace function tickwork.is_past(part text) returns boolean language sql stable
  return (
    select (regexp_match(pg_get_expr(relpartbound, oid), 'TO \(''([0-9a-f-]+)''\)'))[1]::uuid <= tickwork.id_at(now())
    from pg_class where oid = ('tickwork.' || part)::regclass
  );
