-- The five-second beat on Supabase: run once as the role postgres, in the SQL editor or by
--   psql "$DIRECT_URL" -v ON_ERROR_STOP=1 -f infra/supabase/tick.sql
-- after the secrets that it reads are in Vault (secrets.sql). Running it again replaces the schedules of the same names.

create extension if not exists pg_cron;
create extension if not exists pg_net;

-- pg_net sends after the transaction and does not wait: what came of it is in net._http_response.
-- Its own timeout is one second; a tick waits for its handlers, and a late answer is lost, not the work.
select cron.schedule('tickwork-tick', '5 seconds', $tick$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'tickwork_tick_url'),
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'tickwork_tick_secret')
    ),
    body := '{}'::jsonb,
    timeout_milliseconds := 60000
  )
$tick$);

-- 17,280 rows a day otherwise.
select cron.schedule('tickwork-purge-cron', '17 3 * * *', $purge$
  delete from cron.job_run_details where end_time < now() - interval '1 day'
$purge$);

select cron.schedule('tickwork-purge-net', '27 * * * *', $purge$
  delete from net._http_response where created < now() - interval '1 hour'
$purge$);
