"""`python -m tickwork.cli`, where the `tickwork` command is not installed, as in the image."""

from tickwork.cli import main

main()
