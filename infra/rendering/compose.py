"""A service for each function."""

from infra.functions import RUNNERS, table

SERVICE = """{name}:
  <<: *{kind}
  environment:
    <<: *{kind}-environment
    FUNCTION_TARGET: {name}
"""


def functions() -> str:
    """Those that run handlers may reach the internet and write files; the others only the stores."""
    return "\n".join(SERVICE.format(name=name, kind="runner" if name in RUNNERS else "api") for name in table())
