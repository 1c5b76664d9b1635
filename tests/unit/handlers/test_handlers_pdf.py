"""Job type pdf: what is in the file that comes out."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pypdf import PdfReader

from tests.unit.handlers.conftest import JOB_ID, NOW
from tickwork.core.errors import Cancelled, Permanent
from tickwork.core.settings import settings
from tickwork.handlers.pdf.handler import MAX_LINES, Pdf, content, pdf
from tickwork.handlers.pdf.markdown import parse_markdown
from tickwork.handlers.pdf.money import format_money, round_money
from tickwork.handlers.pdf.typesetter import typeset
from tickwork.stores.files import open_storage

ORIGINAL = {"invoice_id": "INV-1", "customer": "Ada Lovelace", "total": 99.5}
LINE = {"description": "Consulting", "quantity": 1.5, "unit_price": 120}
INVOICE = {
    "invoice_id": "2026-1042",
    "customer": {"name": "Analytical Engines Ltd", "address": "12 St James's Square\nLondon", "tax_id": "GB 123"},
    "seller": {"name": "Tickwork GmbH", "email": "billing@example.com"},
    "issued_on": "2026-11-01",
    "due_on": "2026-12-01",
    "lines": [LINE, {"description": "Hosting", "quantity": 1000, "unit_price": "0.0349"},
              {"description": "Discount", "unit_price": -10}],
    "currency": "EUR",
    "tax_percent": 19,
    "total": "243.83",
    "notes": "Pay within 30 days.\nThank you.",
}  # fmt: skip


def made(payload: dict[str, Any], job: Any) -> tuple[dict[str, Any], list[str]]:
    """The result and the text of each page."""
    result = pdf(Pdf.model_validate(payload), job)
    data = open_storage(settings()).get(result["key"], 50_000_000)
    assert len(data) == result["size_bytes"]
    reader = PdfReader(BytesIO(data))
    assert len(reader.pages) == result["pages"]
    return result, [page.extract_text() for page in reader.pages]


def test_the_original_payload(job: Any) -> None:
    result, (text,) = made(ORIGINAL, job)
    assert result["key"] == f"pdf/{JOB_ID}.pdf"
    assert result["url"].endswith(result["key"])
    for word in ("Invoice", "INV-1", "Ada Lovelace", "99.50", "24 November 2026", "Page 1 of 1"):
        assert word in text


def test_a_whole_invoice(job: Any) -> None:
    _, (text,) = made(INVOICE, job)
    for word in (
        "2026-1042", "Analytical Engines Ltd", "12 St James's Square", "London", "GB 123", "Tickwork GmbH",
        "billing@example.com", "1 November 2026", "1 December 2026", "Consulting", "1.5", "120.00", "180.00", "1,000",
        "0.0349", "34.90", "\N{MINUS SIGN}10.00", "204.90", "Tax (19 %)", "38.93", "EUR 243.83", "(EUR)",
        "Pay within 30 days.", "Thank you.",
    ):  # fmt: skip
        assert word in text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"), word


def test_a_retry_makes_the_same_file(make_job: Any) -> None:
    first, _ = made(INVOICE, make_job(1))
    data = open_storage(settings()).get(first["key"], 10_000_000)
    second, _ = made(INVOICE, make_job(2))
    assert second == first
    assert open_storage(settings()).get(first["key"], 10_000_000) == data


def test_a_long_invoice_repeats_its_head_on_every_page(job: Any) -> None:
    lines = [{"description": f"Item {number}", "unit_price": 1} for number in range(MAX_LINES)]
    result, pages = made({"invoice_id": "1", "customer": "A", "lines": lines, "total": MAX_LINES}, job)
    assert result["pages"] > 30
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert ("Description" in page) == ("Item" in page)
    assert f"Item {MAX_LINES - 1}" in "".join(pages)
    assert "2,000.00" in pages[-1]


@pytest.mark.parametrize(
    ("currency", "lines", "tax", "total"),
    [
        ("EUR", [("3", "0.335")], None, "1.01"),  # 1.005, halves up
        ("EUR", [("1", "0.005"), ("1", "0.005")], None, "0.02"),  # each line is rounded
        ("EUR", [("0.1", "0.1"), ("0.2", "0.1")], None, "0.03"),
        ("EUR", [("1", "-0.005")], None, "-0.01"),
        ("JPY", [("3", "33.5")], "10", "111"),
        ("KWD", [("1", "1.2345")], "5", "1.297"),
        (None, [("1", "10")], "7.7", "10.77"),
        ("EUR", [("999999999", "999999")], None, "999998999000001"),
        ("EUR", [("999999999.999999", "999999999.999999")] * 2000, "100", "3999999999999992000000.00"),
        ("EUR", [("0", "5")], "100", "0"),
    ],
)
def test_money_is_exact(currency: str, lines: list[tuple[str, str]], tax: str | None, total: str) -> None:
    rows = [{"description": "x", "quantity": quantity, "unit_price": price} for quantity, price in lines]
    payload = {"invoice_id": "1", "customer": "A", "lines": rows, "currency": currency, "tax_percent": tax}
    Pdf.model_validate({**payload, "total": total})
    with pytest.raises(ValidationError) as refusal:
        Pdf.model_validate({**payload, "total": str(Decimal(total) + 1)})
    (fault,) = refusal.value.errors()
    assert fault["loc"] == ("total",)
    assert "but the lines with tax come to" in fault["msg"]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(-(10**6), 10**6)), min_size=1, max_size=20),
    st.sampled_from(["EUR", "JPY", "KWD", None]),
    st.integers(0, 100),
)
def test_what_is_printed_adds_up(lines: list[tuple[int, int]], currency: str | None, tax: int) -> None:
    rows = [
        {"description": "x", "quantity": str(Decimal(q) / 1000), "unit_price": str(Decimal(p) / 1000)} for q, p in lines
    ]
    given = {"invoice_id": "1", "customer": "A", "lines": rows, "currency": currency, "tax_percent": tax}
    _, data = content(Pdf.model_validate(given), NOW.date())

    def number(text: str) -> Decimal:
        return Decimal(text.replace(",", "").replace("\N{MINUS SIGN}", "-").rpartition(" ")[2])

    subtotal, added = (number(amount) for _, amount in data["sums"])
    assert sum(number(row[3]) for row in data["lines"]) == subtotal
    assert number(data["total"]) == subtotal + added


def test_money_is_printed_with_its_own_decimals() -> None:
    assert format_money(Decimal("1234.5"), "EUR") == "1,234.50"
    assert format_money(Decimal("1234"), "JPY") == "1,234"
    assert format_money(Decimal("-1.5"), "KWD") == "\N{MINUS SIGN}1.500"
    assert format_money(Decimal("0.0349"), "EUR") == "0.0349"
    assert format_money(Decimal("1E+3"), None) == "1,000.00"
    assert round_money(Decimal("2.5"), "JPY") == 3


MARKDOWN = r"""# One
Text with *em*, **strong**, ~~gone~~, `code #x`, [link](https://example.com/a?b=c), <https://auto.example.com>
and a hard\
break.

## Two
- a
- b
  1. c
  2. d

7. seven

> quoted *words*
> > deeper

```python
def f(): return "#$*_[]"
```

    indented

---

| Left | Right |
|:-----|------:|
| 1    | **2** |

![a picture](https://example.com/x.png) <script>alert(1)</script> &amp; &copy; [bad](javascript:alert(1)) [rel](/x)
"""


def test_markdown(job: Any) -> None:
    _, (text,) = made({"title": "Minutes", "markdown": MARKDOWN}, job)
    for word in (
        "Minutes", "One", "Two", "em", "strong", "gone", "code #x", "link", "https://auto.example.com", "break.",
        "seven",
        "7.", "quoted", "deeper", 'def f(): return "#$*_[]"', "indented", "Left", "Right", "a picture",
        "<script>alert(1)</script>", "&", "©", "rel",
    ):  # fmt: skip
        assert word in text, word


def test_links_of_a_pdf_lead_outside(job: Any) -> None:
    pdf(Pdf.model_validate({"title": "x", "markdown": MARKDOWN}), job)
    page = PdfReader(BytesIO(open_storage(settings()).get(f"pdf/{JOB_ID}.pdf", 10_000_000))).pages[0]
    links = {note.get_object()["/A"]["/URI"] for note in page["/Annots"]}
    assert links == {"https://example.com/a?b=c", "https://auto.example.com"}


HOSTILE_TEXT = [
    '#panic("x")', '#read("/etc/passwd")', '#import "@preview/x:1.0.0"', "#{while true {}}", "#let x = 1", "$x^2$",
    "*a* _b_ `c`", "<label> @ref", "= Heading", '"quotes" \\ "', "]", "#[", "/* x", "//", "\\u{1F600}", "```",
    "~ -- ...",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_TEXT)
def test_text_is_never_read_as_typst(text: str, job: Any) -> None:
    def plain(words: str) -> str:
        return words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\u201c", '"').replace("\u201d", '"')

    payload = {
        "invoice_id": text,
        "customer": text,
        "total": 1,
        "notes": text,
        "seller": {"name": "x", "address": text},
    }
    _, (invoice,) = made(payload, job)
    assert plain(invoice).count(plain(text.strip())) >= 4
    _, pages = made({"template": "letter", "data": dict.fromkeys(LETTER, text)}, job)
    assert plain(text.strip()) in plain(pages[0])
    made({"title": text, "markdown": text}, job)


GLYPHS = {
    "chinese": "北京市朝阳区", "japanese": "東京都 株式会社", "korean": "서울특별시", "arabic": "شركة محدودة",
    "hebrew": "חברה בע״מ", "hindi": "प्राइवेट लिमिटेड", "thai": "บริษัท จำกัด", "emoji": "👩‍👩‍👧‍👦🇺🇳👍🏽", "music": "𝄞𝕏",
    "combining": "e\u0301\u0301\u0301" * 50, "zalgo": "Z" + "\u0300\u0301\u0302" * 100,
    "bidi": "\u202eevil\u202c\u2066x",
    "zero width": "a\u200b\u200c\u200d\ufeffb", "unassigned": "\U000e0fff\u0378", "private": "\ue000\U0010ffff",
    "non-character": "\ufffe\uffff", "control": "\x01\x07\x1b[31m\x7f\x85", "tabs": "a\t\t\v\fb",
    "soft hyphen": "\u00ad" * 20,
    "line ends": "a\r\nb\rc\u2028d\u2029e", "one long word": "x" * 200, "long mix": "é👍" * 100,
    "spaces": "a" + " " * 150 + "b",
}  # fmt: skip


@pytest.mark.parametrize("name", GLYPHS)
def test_rare_glyphs_do_not_break_it(name: str, job: Any) -> None:
    text = GLYPHS[name][:200]
    made({**ORIGINAL, "invoice_id": text, "customer": text, "notes": text}, job)
    made({"title": text, "markdown": f"# {text}\n\n{text}\n\n`{text}`\n\n|{text}|b|\n|-|-|\n|1|{text}|"}, job)


def test_long_words_stay_on_the_paper(job: Any) -> None:
    _, (text,) = made({**ORIGINAL, "notes": "W" * 400}, job)
    assert max(len(line) for line in text.replace("\u200b", "").splitlines()) < 120


@hypothesis_settings(max_examples=150)
@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_text_breaks_the_typesetting(text: str) -> None:
    typeset("_document", {"title": "t", "blocks": parse_markdown(text)}, NOW)
    typeset("_document", {"title": text or "t", "blocks": []}, NOW)


MARKS = ["*", "_", "**", "`", "> ", "- ", "1. ", "# ", "\n", "\n\n", "| a | b |\n|--|--|\n| c | d |\n", "[", "](https://e.com)",
         "![", "~~", "```\n", "a", " b ", "    ", "---\n", "<b>", "\\", "&amp;", "\t"]  # fmt: skip


@hypothesis_settings(max_examples=250)
@given(st.lists(st.sampled_from(MARKS), max_size=40).map("".join))
def test_no_markdown_breaks_the_typesetting(text: str) -> None:
    typeset("_document", {"title": "t", "blocks": parse_markdown(text)}, NOW)


@pytest.mark.parametrize(
    "text", [">" * 5000, "- " * 5000, "[" * 5000, "*a **b " * 3000, "1. " * 2000, "#" * 5000, "`" * 5000, "|" * 5000,
             "> - " * 1000 + "x", "*_" * 2000 + "x" + "_*" * 2000, "![[" * 3000, "<" * 5000, "a\n" * 20_000]
)  # fmt: skip
def test_deep_and_dense_markdown_is_bounded(text: str, job: Any) -> None:
    made({"title": "x", "markdown": text}, job)
    assert job.seconds_left > 50


LETTER = {"sender": "A", "recipient": "B", "date": "24 November 2026", "subject": "Hello", "body": "One.\n\nTwo."}


def test_a_template_is_filled_in(job: Any) -> None:
    _, (text,) = made({"template": "letter", "data": {**LETTER, "signature": "Grace"}}, job)
    for word in ("24 November 2026", "Hello", "One.", "Two.", "Yours sincerely,", "Grace"):
        assert word in text


@pytest.mark.parametrize("data", [{}, {"subject": 1}, {**LETTER, "body": ["x"]}, {**LETTER, "sender": None}])
def test_data_that_does_not_fit_fails_for_good(data: dict[str, Any], job: Any) -> None:
    with pytest.raises(Permanent, match="template letter: "):
        made({"template": "letter", "data": data}, job)


def test_a_cancelled_job_stores_nothing(job: Any) -> None:
    job.ask_to_stop()
    with pytest.raises(Cancelled):
        made(ORIGINAL, job)


BASE = {"invoice_id": "1", "customer": "A", "lines": [LINE]}


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, None), ({"invoice_id": "1"}, None), ({"customer": "A"}, None), ({"title": "x"}, None),
        ({"markdown": "x"}, None),
        ({"template": "letter"}, None), ({"data": {}}, None), ({**BASE, "title": "x", "markdown": "y"}, None),
        ({**BASE, "title": "x"}, None), ({"title": "x", "markdown": "y", "total": 1}, None),
        ({**ORIGINAL, "tax_percent": 1}, None),
        ({"invoice_id": "1", "customer": "A"}, None), ({"invoice_id": "1", "customer": "A", "lines": []}, None),
        ({**BASE, "total": 1}, "total"), ({**BASE, "total": "180.001"}, "total"), ({**ORIGINAL, "total": "x"}, "total"),
        ({**ORIGINAL, "total": 1.555}, "total"), ({**ORIGINAL, "total": float("inf")}, "total"),
        ({**ORIGINAL, "total": True}, "total"),
        ({**ORIGINAL, "total": 10**31}, "total"), ({**ORIGINAL, "total": "NaN"}, "total"),
        ({**ORIGINAL, "currency": "eur"}, "currency"),
        ({**ORIGINAL, "currency": "EURO"}, "currency"), ({**ORIGINAL, "customer": ""}, "customer"),
        ({**ORIGINAL, "customer": {"name": "A", "phone": "1"}}, "customer"), ({**ORIGINAL, "customer": 5}, "customer"),
        ({**ORIGINAL, "customer": {}}, "customer"), ({**ORIGINAL, "invoice_id": " "}, "invoice_id"),
        ({**ORIGINAL, "invoice_id": "x" * 201}, "invoice_id"), ({**ORIGINAL, "issued_on": "yesterday"}, "issued_on"),
        ({**BASE, "lines": [{}]}, "lines"), ({**BASE, "lines": [{**LINE, "quantity": -1e30}]}, "lines"),
        ({**BASE, "lines": [{**LINE, "extra": 1}]}, "lines"), ({**BASE, "lines": [LINE] * (MAX_LINES + 1)}, "lines"),
        ({**BASE, "tax_percent": -1}, "tax_percent"), ({**BASE, "tax_percent": 101}, "tax_percent"),
        ({"template": "none", "data": {}}, "template"), ({"template": "_invoice", "data": {}}, "template"),
        ({"template": "../../etc/passwd", "data": {}}, "template"),
        ({"template": "letter.typ", "data": {}}, "template"),
        ({**ORIGINAL, "extra": 1}, "extra"), ({"title": "x", "markdown": "x" * 200_001}, "markdown"),
    ],
)  # fmt: skip
def test_bad_payloads_are_refused_by_field(payload: dict[str, Any], field: str | None) -> None:
    with pytest.raises(ValidationError) as refusal:
        Pdf.model_validate(payload)
    loc = refusal.value.errors()[0]["loc"]
    assert (loc[0] if loc else None) == field
