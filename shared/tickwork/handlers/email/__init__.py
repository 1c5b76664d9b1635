"""The job type email."""
