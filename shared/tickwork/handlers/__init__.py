"""The built-in job types, and what only they need."""
