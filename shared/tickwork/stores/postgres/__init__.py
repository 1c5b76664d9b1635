"""Postgres: the truth about jobs. All SQL is in sql/ and migrations/."""
