"""The gateway: which call goes to which function, and the dashboard's headers."""

from itertools import groupby

from infra.functions import Function, table
from infra.rendering.headers import rules

# A call of the API that no route has, and every preflight, is answered by this one, with a problem document.
OTHERWISE = "list_jobs"


def routes() -> str:
    """Public functions only: tick and run_jobs are called inside, never through here."""
    public = [function for function in table().values() if function.public]
    prefixes = sorted({route.path.split("/")[1] for function in public for route in function.routes})
    blocks = [block for function in public for block in _blocks(function)]
    paths = " ".join(f"/{prefix} /{prefix}/*" for prefix in prefixes)
    return "\n".join([*blocks, _block("otherwise", [f"path {paths}"], OTHERWISE)])


def _blocks(function: Function) -> list[str]:
    by_method = groupby(sorted(function.routes), key=lambda route: route.method)
    return [
        _block(
            f"{function.name}_{method.lower()}",
            [f"method {'GET HEAD' if method == 'GET' else method}", f"path {' '.join(_paths(r.path for r in group))}"],
            function.name,
        )
        for method, group in by_method
    ]


def _paths(paths: object) -> list[str]:
    return sorted({path.replace("<id>", "*") for path in paths})  # type: ignore[attr-defined]


def _block(name: str, conditions: list[str], function: str) -> str:
    matcher = "".join(f"\t{condition}\n" for condition in conditions)
    upstream = f"{{${function.upper()}:{function}:8080}}"
    # A platform finds the service by the name that it is called by.
    proxy = f"\treverse_proxy {upstream} {{\n\t\theader_up Host {{upstream_hostport}}\n\t}}\n"
    return f"@{name} {{\n{matcher}}}\nhandle @{name} {{\n{proxy}}}\n"


def headers() -> str:
    """`frontend/public/_headers`, as Caddy says it; what holds for the first page holds for "/" too."""
    lines = rules() + [("/", name, value) for pattern, name, value in rules() if pattern == "/index.html"]
    return "\n".join(f"header {pattern} {name} `{value}`" for pattern, name, value in lines)
