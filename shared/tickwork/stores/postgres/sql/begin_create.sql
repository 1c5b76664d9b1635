-- The time of a create, and who does it, in one round trip.
with audited as (
  insert into tickwork.audit (actor, via, action, job_id, detail, request_id)
  values (%(actor)s, %(via)s, 'job.create', %(job_id)s::uuid, %(detail)s, %(request_id)s)
)
select now()
