"""A `deploy` line for each function, for infra/gcp/deploy.sh."""

from infra.functions import TICK_SECRETS, Function, table


def deployments() -> str:
    return "\n".join(_line(function) for function in table().values())


def _line(function: Function) -> str:
    numbers = f"{function.concurrency} {function.max_instances} {function.timeout} {function.memory_mib}"
    kind = "public" if function.public else "private"
    # Here the platform itself authenticates the tick, and no secret does.
    words = [function.env, function.secrets, [name for name in function.optional if name not in TICK_SECRETS]]
    return f"deploy {function.name} {kind} {numbers} " + " ".join(f'"{" ".join(some)}"' for some in words)
