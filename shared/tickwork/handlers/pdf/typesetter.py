"""Templates and data to PDF, by Typst.

Templates are files of ours in `templates/`; data reaches them as JSON, is never read as Typst, and so injects nothing.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tickwork.core.errors import Permanent

TEMPLATES = Path(__file__).parent / "templates"


class Document(NamedTuple):
    """`warnings` in Typst's words, such as fonts that lack a character."""

    pdf: bytes
    pages: int
    warnings: list[str]


def template_names() -> list[str]:
    """The templates that a job may name; those with a leading underscore are parts of others."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ") if not path.stem.startswith("_"))


def typeset(template: str, data: Mapping[str, Any], at: datetime, font_folder: str = "") -> Document:
    """Compile `template` with `data`; `at` is the document's date. Permanent when the two do not fit together."""
    import typst

    compiler = typst.Compiler(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(font_folder),
        sys_inputs={"data": json.dumps(data)},
    )
    try:
        pdf, warnings = compiler.compile_with_warnings(format="pdf", timestamp=int(at.timestamp()))
        pages = int(compiler.query("<pages>", field="value", one=True))
    except typst.TypstError as error:
        raise Permanent(f"template {template}: {error.message}") from None
    if not isinstance(pdf, bytes):
        raise TypeError("Typst made no single file")
    return Document(pdf, pages, [warning.message for warning in warnings])


@cache
def _fonts(folder: str) -> Any:
    """Typst's own, the folder's and the machine's, found once: the search takes 100 ms, a page 4 ms."""
    import typst

    return typst.Fonts(font_paths=[folder] if folder else [])
