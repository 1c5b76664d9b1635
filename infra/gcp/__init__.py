"""Tickwork on Google Cloud."""
