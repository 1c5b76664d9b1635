"""`python -m infra.cost` writes docs/COST.md."""

from infra.cost.page import PAGE, page

PAGE.write_text(page())
