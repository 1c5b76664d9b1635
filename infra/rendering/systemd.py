"""What a function on a machine of one's own is not told: the secrets of the common file that are not in its row."""

from infra.functions import Function, table

HEAD = "# Written by python -m infra.render: secrets of /etc/tickwork/tickwork.env that this function has no use for.\n"


def drop_ins() -> dict[str, str]:
    """The text of each function's drop-in, by its path below infra/systemd."""
    rows = table()
    every = {name for function in rows.values() for name in _secrets(function)}
    return {f"tickwork@{name}.service.d/secrets.conf": _unset(every - _secrets(row)) for name, row in rows.items()}


def _secrets(function: Function) -> set[str]:
    return {*function.secrets, *function.optional}


def _unset(names: set[str]) -> str:
    return f"{HEAD}\n[Service]\nUnsetEnvironment={' '.join(sorted(names))}\n"
