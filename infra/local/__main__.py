"""`make up`: `python -m infra.local`."""

import os
import sys

from infra.local.lock import take_lock
from infra.local.plan import LOCAL, make_plan, read_environment
from infra.local.port import require_free
from infra.local.supervisor import Supervisor
from infra.local.whereabouts import whereabouts
from tickwork.core.errors import TickworkError


def main() -> int:
    try:
        given = read_environment(os.environ)
        plan = make_plan(given)
        lock = take_lock(LOCAL / "up.lock", plan.port)
        require_free(plan.port)
    except TickworkError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        with whereabouts(LOCAL / "tickwork.env", plan.env, given):
            return Supervisor(plan.parts, plan.env).run()
    finally:
        os.close(lock)


if __name__ == "__main__":
    sys.exit(main())
