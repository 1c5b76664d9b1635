"""A service for each function."""

from infra.functions import OWN, RUNNERS, SENDERS, table

SERVICE = """{name}:
  <<: *{kind}
  environment:
    <<: {environment}
    FUNCTION_TARGET: {name}
"""


def functions() -> str:
    """Those that run handlers may write files."""
    return "\n".join(_service(name) for name in table())


def _service(name: str) -> str:
    kind = "runner" if name in RUNNERS else "api"
    return SERVICE.format(name=name, kind=kind, environment=_merged(_blocks(name, kind)))


def _blocks(name: str, kind: str) -> list[str]:
    """Which of compose.yaml's blocks of settings it gets; those that run handlers have all of `mail` in theirs."""
    mail = ["mail"] if name in SENDERS and kind == "api" else []
    return [f"{kind}-environment", *mail, *([f"{name}-environment"] if name in OWN else [])]


def _merged(blocks: list[str]) -> str:
    names = [f"*{block}" for block in blocks]
    return f"[{', '.join(names)}]" if len(names) > 1 else names[0]
