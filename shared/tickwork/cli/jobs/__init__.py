"""The commands under `tickwork jobs`."""
