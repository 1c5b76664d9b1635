"""A function of Google Cloud alone; see main.py."""
