""".env.example from settings.py: `python -m infra.env_example` writes it, a test compares it."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from tickwork.core.settings import Settings

FILE = Path(__file__).parents[1] / ".env.example"
HEAD = """\
# Copy this to .env for `make up`, and take the # off what you want to change; each shows its default.
# Nothing here is needed: `make up` starts its own Postgres, Valkey, and SES, S3 and SQS for what is not set.
# A variable of the environment wins over .env. Deployed functions get theirs from their platform.
"""


def env_example() -> str:
    return HEAD + "".join(
        f"\n# {field.description}\n#{name.upper()}={_written(field.default)}\n"
        for name, field in Settings.model_fields.items()
    )


def _written(default: object) -> str:
    if default is PydanticUndefined or default == []:
        return ""
    if isinstance(default, list):
        return ",".join(default)
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"{value:g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    FILE.write_text(env_example())
