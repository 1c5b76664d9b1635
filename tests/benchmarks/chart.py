"""The chart of the README: bars of each peer, as an SVG that needs no script and no font of its own."""

from statistics import median
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

PANELS = (("B", "created in bulk, jobs/s"), ("C", "drained, jobs/s"), ("A", "created one by one, jobs/s"))
WIDTH, LABEL, VALUE, ROW, BAR, HEAD, GAP = 960, 130, 60, 22, 14, 34, 40
NOTE_CHARACTERS = 150
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #334155 } .title { font-weight: 600 } .note { font-size: 11px }
.ours { fill: #0f766e } .peer { fill: #94a3b8 } .range { stroke: #475569; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #cbd5e1 } .peer { fill: #64748b } .range { stroke: #e2e8f0 } }
"""


def svg(results: dict[str, Any], note: str) -> str:
    """One panel for each measure side by side, the fastest on top; thin lines reach from min to max."""
    panels = [(title, results[measure]) for measure, title in PANELS if results[measure]]
    rows = max((len(figures) for _, figures in panels), default=0)
    height = HEAD + rows * ROW + GAP
    width = WIDTH // max(1, len(panels))
    drawn = [_panel(place * width, width, title, figures) for place, (title, figures) in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="Tickwork beside its peers"><style>{STYLE}</style>\n{"".join(drawn)}'
        f"{_note(note, height)}\n</svg>\n"
    )


def _note(note: str, height: int) -> str:
    lines = wrap(note, NOTE_CHARACTERS)
    tops = range(height - 6 - 14 * (len(lines) - 1), height, 14)
    return "".join(
        f'<text class="note" x="0" y="{y}">{escape(line)}</text>' for y, line in zip(tops, lines, strict=True)
    )


def _panel(left: int, width: int, title: str, figures: dict[str, list[float]]) -> str:
    room = width - LABEL - VALUE
    most = max(max(values) for values in figures.values())
    best = sorted(figures.items(), key=lambda item: -median(item[1]))
    bars = [_bar(left, place, name, values, room / most) for place, (name, values) in enumerate(best)]
    return f'<text class="title" x="{left}" y="18">{escape(title)}</text>\n{"".join(bars)}'


def _bar(left: int, place: int, name: str, values: list[float], scale: float) -> str:
    middle = median(values)
    top, start = HEAD + place * ROW, left + LABEL
    least, most = (start + extreme(values) * scale for extreme in (min, max))
    kind = "ours" if name == "tickwork" else "peer"
    y = top + BAR / 2
    return (
        f'<text x="{left}" y="{top + 11}">{escape(name)}</text>'
        f'<rect class="{kind}" x="{start}" y="{top}" width="{middle * scale:.1f}" height="{BAR}" rx="2"/>'
        f'<line class="range" x1="{least:.1f}" x2="{most:.1f}" y1="{y}" y2="{y}"/>'
        f'<text x="{most + 5:.1f}" y="{top + 11}">{middle:,.0f}</text>\n'
    )
