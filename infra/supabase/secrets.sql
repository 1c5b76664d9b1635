-- What tick.sql reads, encrypted by Vault. Run once, with values of your own:
--   psql "$DIRECT_URL" -v ON_ERROR_STOP=1 -v tick_url=https://…/tick -v tick_secret=… -f infra/supabase/secrets.sql
-- To rotate: set TICK_SECRET_PREVIOUS to the old and TICK_SECRET to the new one at the tick function, then
--   select vault.update_secret(id, 'the new one') from vault.secrets where name = 'tickwork_tick_secret';

create extension if not exists supabase_vault with schema vault;

select vault.create_secret(:'tick_url', 'tickwork_tick_url', 'Where pg_cron sends a tick every five seconds');
select vault.create_secret(:'tick_secret', 'tickwork_tick_secret', 'TICK_SECRET of the tick function');
