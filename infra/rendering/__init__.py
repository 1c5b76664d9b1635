"""One file for each platform: what the table of functions looks like there, as text."""
