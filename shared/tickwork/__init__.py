"""The library beneath every Tickwork function: jobs in Postgres, their due times in Redis, one tick to run them."""
