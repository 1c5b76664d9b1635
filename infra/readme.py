"""The README's table of settings, made from settings.py: `python -m infra.readme` writes it, a test compares it."""

import re
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from tickwork.core.settings import Settings

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    """One row for each setting: its variable, what it is for, its default."""
    rows = [
        f"| `{name.upper()}` | {field.description} | {_shown(field.default)} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | meaning | default |", "| --- | --- | --- |", *rows]) + "\n"


def with_table(text: str) -> str:
    """`text` with the block between the markers replaced by the current table."""
    return BLOCK.sub(lambda block: block[1] + settings_table() + block[2], text)


def _shown(default: object) -> str:
    if default is PydanticUndefined:
        return "required"
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    value = ",".join(value) if isinstance(value, list) else value
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
