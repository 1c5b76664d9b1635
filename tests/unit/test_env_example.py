"""What .env.example shows is what settings.py takes."""

import re

from honcho.environ import parse

from infra.env_example import FILE, env_example
from tickwork.core.settings import Settings, load_settings

TEXT = FILE.read_text()
STORES = {"DATABASE_URL": "postgresql://", "REDIS_URL": "redis://"}


def shown() -> dict[str, str]:
    """The variables as they are once every # before one is taken off."""
    return dict(parse("\n".join(line.removeprefix("#") for line in TEXT.splitlines() if not line.startswith("# "))))


def test_it_is_up_to_date() -> None:
    assert env_example() == TEXT, "run: python -m infra.env_example"


def test_every_setting_appears() -> None:
    names = re.findall(r"^#([A-Z_]+)=", TEXT, re.MULTILINE)
    assert names == [name.upper() for name in Settings.model_fields]


def test_what_it_shows_are_the_defaults() -> None:
    assert load_settings(shown() | STORES) == load_settings(STORES)


def test_as_it_stands_it_sets_nothing() -> None:
    assert parse(TEXT) == {}


def test_a_setting_that_is_handed_on_empty_has_its_default() -> None:
    """As compose.yaml and the SAM template hand on those that nobody has set."""
    assert load_settings(dict.fromkeys(shown(), "") | STORES) == load_settings(STORES)
