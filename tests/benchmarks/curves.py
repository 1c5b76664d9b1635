"""The growth curves as an SVG: what happens to each figure while the table grows tenfold, and tenfold again."""

from math import log10
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT, HEAD, FOOT, EDGE = 960, 190, 34, 24, 36
LISTS = ("status=", "sort=", "deep", "type=")
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #334155 } .title { font-weight: 600 } .small { font-size: 11px }
polyline { fill: none; stroke: #0f766e; stroke-width: 2 } circle { fill: #0f766e } .base { stroke: #94a3b8 }
@media (prefers-color-scheme: dark) { text { fill: #cbd5e1 } }
"""
Points = list[tuple[int, float]]


def svg(growth: list[dict[str, Any]]) -> str:
    """Four panels side by side: rows on a logarithmic axis, each figure from zero."""
    panels = {
        "drained, jobs/s": [(size["rows"], size["drain"]) for size in growth if "drain" in size],
        "lists, slowest p95, ms": [(size["rows"], _slowest(size["reads_ms"])) for size in growth],
        "idle tick, ms": [(size["rows"], size["idle_take_ms"]) for size in growth],
        "tick's peak memory, MiB": [(size["rows"], size["tick_peak_mib"]) for size in growth],
    }
    width = WIDTH // len(panels)
    drawn = [_panel(place * width, width, title, points) for place, (title, points) in enumerate(panels.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="Figures as the table grows"><style>{STYLE}</style>\n{"".join(drawn)}</svg>\n'
    )


def _slowest(reads: dict[str, dict[str, float]]) -> float:
    return max(figures["p95"] for name, figures in reads.items() if name.startswith(LISTS))


def _panel(left: int, width: int, title: str, points: Points) -> str:
    bottom, room = HEIGHT - FOOT, width - 2 * EDGE
    least, most = log10(points[0][0]), log10(points[-1][0])
    top = max(value for _, value in points) or 1.0

    def place(rows: int, value: float) -> tuple[float, float]:
        share = (log10(rows) - least) / (most - least) if most > least else 0.5
        return left + EDGE + share * room, bottom - value / top * (bottom - HEAD - 18)

    places = [place(*point) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(_mark(x, y, bottom, *point) for (x, y), point in zip(places, points, strict=True))
    return (
        f'<text class="title" x="{left}" y="18">{escape(title)}</text>'
        f'<line class="base" x1="{left}" x2="{left + width - 16}" y1="{bottom}" y2="{bottom}"/>'
        f'<polyline points="{line}"/>{marks}\n'
    )


def _mark(x: float, y: float, bottom: int, rows: int, value: float) -> str:
    said = f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text class="small" text-anchor="middle" x="{x:.1f}" y="{y - 8:.1f}">{said}</text>'
        f'<text class="small" text-anchor="middle" x="{x:.1f}" y="{bottom + 15}">{rows:,}</text>'
    )
