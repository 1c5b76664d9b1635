"""A service for each function."""

from infra.functions import RUNNERS, SENDERS, table

SERVICE = """{name}:
  <<: *{kind}
  environment:
    <<: {environment}
    FUNCTION_TARGET: {name}
"""


def functions() -> str:
    """Those that run handlers may write files; those that send get what that needs."""
    return "\n".join(_service(name) for name in table())


def _service(name: str) -> str:
    if name in RUNNERS:
        return SERVICE.format(name=name, kind="runner", environment="*runner-environment")
    environment = "[*api-environment, *mail]" if name in SENDERS else "*api-environment"
    return SERVICE.format(name=name, kind="api", environment=environment)
