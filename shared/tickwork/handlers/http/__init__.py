"""The job type http, and the guarded HTTP client."""
