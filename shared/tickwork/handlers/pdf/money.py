"""Amounts of money as exact decimals."""

from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=60)  # of the usual 28 digits a large invoice could need more

# ISO 4217's currencies whose smallest coin is not a hundredth.
DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def decimals(currency: str | None) -> int:
    return DECIMALS.get(currency or "", 2)


def round_money(amount: Decimal, currency: str | None) -> Decimal:
    """To the smallest coin, halves away from zero, as invoices are."""
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), ROUND_HALF_UP, EXACT)


def format_money(amount: Decimal, currency: str | None) -> str:
    """`1,234.50`; halves of a cent are kept: a unit price may be finer than a coin."""
    places = max(decimals(currency), -int(amount.normalize(EXACT).as_tuple().exponent))
    return f"{amount:,.{places}f}".replace("-", "\N{MINUS SIGN}")
