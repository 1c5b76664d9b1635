"""`python -m infra.partitions convert` parts the tables of DATABASE_URL, as their owner and by the direct address;
`python -m infra.partitions keep [--days 30]`, once a day, makes the next partitions and drops those that are past."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from os import environ

from infra.partitions import Strangers, convert, keep

parser = ArgumentParser(prog="python -m infra.partitions", description=__doc__)
parser.add_argument("what", choices=["convert", "keep"])
parser.add_argument("--days", type=float, help="drop partitions whose jobs all ended longer ago")
arguments = parser.parse_args()
if arguments.what == "convert":
    try:
        print("partitioned" if convert(environ["DATABASE_URL"]) else "they are partitioned already")
    except Strangers as refusal:
        sys.exit(str(refusal))
else:
    made, dropped = keep(environ["DATABASE_URL"], kept=arguments.days and timedelta(days=arguments.days))
    print(f"made {made}, dropped {', '.join(dropped) or 'none'}")
