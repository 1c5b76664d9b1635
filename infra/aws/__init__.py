"""Tickwork on AWS."""
