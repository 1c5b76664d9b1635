"""The command line, straight on the stores: `tickwork --help`."""

import sys


def main() -> None:
    """Entry point."""
    try:
        import click  # noqa: F401
        import rich  # noqa: F401
    except ModuleNotFoundError:
        sys.exit("The command line needs two more packages: pip install 'tickwork[cli]'")
    from tickwork.cli.main import tickwork

    tickwork()
