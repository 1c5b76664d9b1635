"""Job type pdf."""

from datetime import date
from decimal import Decimal, localcontext
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from tickwork.core.context import JobContext
from tickwork.core.handler import handler
from tickwork.core.settings import settings
from tickwork.handlers.pdf.markdown import parse_markdown
from tickwork.handlers.pdf.money import EXACT, decimals, format_money, round_money
from tickwork.handlers.pdf.typesetter import template_names, typeset
from tickwork.stores.files import open_storage

MAX_LINES = 2000


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


# JSON may write an amount as a number or, exactly, as a string; a form needs to know one type only.
NUMBER = (BeforeValidator(_no_bool), WithJsonSchema({"type": "number"}))
Amount = Annotated[Decimal, Field(max_digits=15, decimal_places=6), *NUMBER]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3), *NUMBER]
Total = Annotated[Decimal, Field(max_digits=36, decimal_places=6), *NUMBER]


def _as_party(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Words = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class Party(BaseModel):
    """Who sends or gets an invoice."""

    model_config = ConfigDict(extra="forbid")

    name: Words = Field(description="Of the person or the company.", examples=["Ada Lovelace"])
    address: str | None = Field(
        None, max_length=1000, description="Its lines as they are printed.", examples=["12 St James's Square\nLondon"]
    )
    email: str | None = Field(None, max_length=320, title="E-mail", description="Printed below the address.")
    tax_id: str | None = Field(None, max_length=100, title="Tax id", description="VAT or other number, with its label.")


class Line(BaseModel):
    """One row of an invoice; its amount is quantity × unit_price, rounded to the smallest coin."""

    model_config = ConfigDict(extra="forbid")

    description: str = Field(min_length=1, max_length=1000, description="What was delivered.", examples=["Consulting"])
    quantity: Amount = Field(
        Decimal(1), description="How many.", examples=[1.5], json_schema_extra={"default": 1}
    )  # pydantic would write "1"
    unit_price: Amount = Field(description="Price of one; below zero for a discount.", examples=[120])


PartyOrName = Annotated[Party, BeforeValidator(_as_party, json_schema_input_type=str | Party)]


class Pdf(BaseModel):
    """One of three documents: an invoice (invoice_id …), a text (title, markdown), or a template with its data."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "invoice_id": "2026-1042",
                    "customer": "Ada Lovelace",
                    "lines": [{"description": "Consulting", "quantity": 1.5, "unit_price": 120}],
                    "currency": "EUR",
                    "total": 180,
                },
                {"title": "Minutes", "markdown": "Present: *all*.\n\n1. The budget was agreed."},
            ]
        },
    )

    invoice_id: Words | None = Field(
        None, title="Invoice number", description="Makes it an invoice.", examples=["1042"]
    )
    customer: PartyOrName | None = Field(
        None, title="Customer", description="Who pays: a name, or name, address, email and tax_id."
    )
    seller: PartyOrName | None = Field(
        None, title="Seller", description="Who is paid: a name, or name, address, email and tax_id."
    )
    issued_on: date | None = Field(None, title="Date", description="Of the invoice; the day it is made if left out.")
    due_on: date | None = Field(None, title="Due", description="Until when it is to be paid.")
    lines: list[Line] = Field(default_factory=list, max_length=MAX_LINES, description="What is charged, row by row.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217 code; decides how amounts are rounded.", examples=["EUR"]
    )
    tax_percent: Percent | None = Field(None, title="Tax %", description="Added to the lines.", examples=[19])
    total: Total | None = Field(
        None, description="Must equal the lines with tax; without lines, what is to be paid.", examples=[180]
    )
    notes: str | None = Field(None, max_length=4000, description="Below the total, such as how to pay.")

    title: Words | None = Field(None, description="Of a text document.", examples=["Minutes of the meeting"])
    markdown: str | None = Field(
        None, max_length=200_000, description="The text: headings, lists, tables, links, code, quotes; HTML stays text."
    )

    template: str | None = Field(None, description="A file of the folder templates, without .typ.", examples=["letter"])
    data: dict[str, JsonValue] | None = Field(None, description="What the template needs.")

    @field_validator("total")
    @classmethod
    def adds_up(cls, total: Decimal | None, info: ValidationInfo) -> Decimal | None:
        given = info.data
        if total is None or not {"lines", "currency", "tax_percent"} <= given.keys():
            return total
        if round_money(total, given["currency"]) != total:
            raise ValueError(f"has more than {decimals(given['currency'])} decimals")
        _, _, right = sums(given["lines"], given["currency"], given["tax_percent"])
        if given["lines"] and total != right:
            raise ValueError(f"is {total}, but the lines with tax come to {right}")
        return total

    @field_validator("template")
    @classmethod
    def exists(cls, template: str | None) -> str | None:
        if template is not None and template not in template_names():
            raise ValueError(f"there is no such template; there are: {', '.join(template_names())}")
        return template

    @model_validator(mode="after")
    def one_document(self) -> Self:
        kinds = {"invoice_id": self.invoice_id, "markdown": self.markdown, "template": self.template}
        named = [name for name, value in kinds.items() if value is not None]
        if len(named) != 1:
            raise ValueError("give one of: invoice_id with customer; title with markdown; template with data")
        needed = {"invoice_id": "customer", "markdown": "title", "template": "data"}[named[0]]
        if getattr(self, needed) is None:
            raise ValueError(f"{named[0]} needs {needed}")
        foreign = self.model_fields_set - PARTS[named[0]]
        if foreign:
            raise ValueError(f"{named[0]} does not go with {', '.join(sorted(foreign))}")
        if self.invoice_id is not None and not self.lines and self.total is None:
            raise ValueError("an invoice needs lines, a total, or both")
        if self.tax_percent is not None and not self.lines:
            raise ValueError("tax_percent needs lines to be added to")
        return self


PARTS = {
    "markdown": {"title", "markdown"},
    "template": {"template", "data"},
    "invoice_id": Pdf.model_fields.keys() - {"title", "markdown", "template", "data"},
}


@handler("pdf", timeout=60)
def pdf(payload: Pdf, job: JobContext) -> dict[str, Any]:
    """Make a PDF, an invoice, a text or a template filled in, and store it."""
    template, data = content(payload, job.now.date())
    document = typeset(template, data, job.now, settings().font_folder)
    for warning in document.warnings:
        job.log(warning)
    job.progress(0.8, "typeset")
    job.check()
    key = f"pdf/{job.id}.pdf"
    url = open_storage(settings()).put(key, document.pdf, "application/pdf")
    return {"url": url, "key": key, "size_bytes": len(document.pdf), "pages": document.pages}


def content(payload: Pdf, today: date) -> tuple[str, dict[str, Any]]:
    """The template and its data."""
    if payload.template is not None:
        return payload.template, payload.data or {}
    if payload.markdown is not None:
        return "_document", {"title": payload.title, "blocks": parse_markdown(payload.markdown)}
    return "_invoice", invoice(payload, today)


def invoice(payload: Pdf, today: date) -> dict[str, Any]:
    """Every value as the text that is printed."""
    subtotal, tax, total = sums(payload.lines, payload.currency, payload.tax_percent)
    return {
        "invoice_id": payload.invoice_id,
        "customer": payload.customer and payload.customer.model_dump(),
        "seller": payload.seller and payload.seller.model_dump(),
        "issued_on": _day(payload.issued_on or today),
        "due_on": payload.due_on and _day(payload.due_on),
        "unit": payload.currency,
        "lines": [_row(line, payload.currency) for line in payload.lines],
        "sums": _subtotals(payload, subtotal, tax),
        "total": _with_currency(total if payload.lines else payload.total or Decimal(0), payload.currency),
        "notes": payload.notes,
    }


def sums(lines: list[Line], currency: str | None, tax_percent: Decimal | None) -> tuple[Decimal, Decimal, Decimal]:
    """Sum of the lines, tax on it, and both together; each line and the tax are rounded, so what is printed adds up."""
    with localcontext(EXACT):
        subtotal = sum((_amount(line, currency) for line in lines), Decimal(0))
        tax = round_money(subtotal * (tax_percent or 0) / 100, currency)
        return subtotal, tax, subtotal + tax


def _amount(line: Line, currency: str | None) -> Decimal:
    return round_money(EXACT.multiply(line.quantity, line.unit_price), currency)


def _row(line: Line, currency: str | None) -> list[str]:
    quantity, price = f"{line.quantity.normalize():,f}", format_money(line.unit_price, currency)
    return [line.description, quantity, price, format_money(_amount(line, currency), currency)]


def _subtotals(payload: Pdf, subtotal: Decimal, tax: Decimal) -> list[list[str]]:
    if payload.tax_percent is None:
        return []
    percent = f"{payload.tax_percent.normalize():f}"
    net, added = format_money(subtotal, payload.currency), format_money(tax, payload.currency)
    return [["Subtotal", net], [f"Tax ({percent} %)", added]]


def _with_currency(amount: Decimal, currency: str | None) -> str:
    return f"{currency or ''} {format_money(amount, currency)}".strip()


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
