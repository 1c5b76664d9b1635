"""What differs between functions on a machine of one's own: which secrets of the common file each is not told,
since they are not in its row, and where those that run handlers may store files."""

from infra.functions import Function, table

HEAD = "# Written by python -m infra.render: secrets of /etc/tickwork/tickwork.env that this function has no use for.\n"
# Without a name of its own, each unit's user is another, and the one that starts last takes the folder from the others.
FILES = """\
# Written by python -m infra.render: where pdf and image_resize store, unless /etc/tickwork/tickwork.env says where.

[Service]
User=tickwork
StateDirectory=tickwork
Environment=STORAGE_URL=file:/var/lib/tickwork/files
"""


def drop_ins() -> dict[str, str]:
    """The text of each function's drop-in, by its path below infra/systemd."""
    rows = table()
    every = {name for function in rows.values() for name in _secrets(function)}
    texts = {f"tickwork@{name}.service.d/secrets.conf": _unset(every - _secrets(row)) for name, row in rows.items()}
    return texts | {
        f"tickwork@{name}.service.d/files.conf": FILES for name, row in rows.items() if "STORAGE_URL" in row.env
    }


def _secrets(function: Function) -> set[str]:
    return {*function.secrets, *function.optional}


def _unset(names: set[str]) -> str:
    return f"{HEAD}\n[Service]\nUnsetEnvironment={' '.join(sorted(names))}\n"
