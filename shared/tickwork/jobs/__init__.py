"""What callers may do with jobs: create, control, list, show, count."""
