"""Everything that Tickwork keeps something in: Postgres, Redis, files, AWS."""
