-- What it was still to be told is not sent any more.
with undone as (
  update tickwork.alert_deliveries set next_try_at = null, error = coalesce(error, 'its channel was removed')
  where channel_id = %(id)s and next_try_at is not null
)
delete from tickwork.alert_channels where id = %(id)s
