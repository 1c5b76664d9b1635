-- One maker of keys at a time, so that counting the active ones is right; ends with the transaction.
select pg_advisory_xact_lock(hashtext('tickwork.api_keys'))
