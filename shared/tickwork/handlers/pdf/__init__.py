"""The job type pdf."""
