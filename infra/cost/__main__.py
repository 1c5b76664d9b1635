"""`python -m infra.cost` writes docs/COST.md."""

import argparse

from infra.cost.page import PAGE, page

argparse.ArgumentParser(prog="infra.cost", description=__doc__).parse_args()
PAGE.write_text(page())
print(f"{PAGE} written")
