-- The time of a create, and who does it, in one round trip.
with audited as (
  insert into tickwork.audit (actor, via, action, detail, request_id)
  values (%(actor)s, %(via)s, 'job.create', %(detail)s, %(request_id)s)
)
select now()
