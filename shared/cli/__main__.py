"""`python -m shared.cli`, where the `tickwork` command is not installed, as in the image."""

from shared.cli import main

main()
