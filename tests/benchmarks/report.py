"""Results as tables in Markdown: medians with the smallest and the largest, and how many times the peer we are."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from tests.benchmarks.sizes import CONCURRENCY, HANDLER_SECONDS
from tests.benchmarks.waiting import published

US = "tickwork"
LIMITS = {
    "copy_rows": "COPY into a table with one index, rows/s",
    "update_rows": "UPDATE from unnest by 1,000, with an index on status, rows/s",
    "round_trip_us": "one `select 1`, µs",
    "zadd_members": "ZADD by 1,000, members/s",
    "zpopmin_members": "ZPOPMIN by 1,000, members/s",
    "fdatasync": "512 bytes and fdatasync, a second",
    "bare_loop_jobs": "our four statements in a bare loop by 1,000, jobs/s",
}
ONE_AND_BULK = (
    ("A", "created one by one, jobs/s"), ("B", "created in bulk, jobs/s"), ("C", "drained, no-op jobs/s"),
)  # fmt: skip


def markdown(results: dict[str, Any], versions: dict[str, str]) -> str:
    """Everything that was measured; a measure that has no figures is not there."""
    parts = [
        _peers(results, versions),
        _delays("### D: from due to started, ms, jobs due at random times", results["D"]),
        _delays(
            "### D, at once: from created to started, ms, created one by one; ours lingering", results["D at once"]
        ),
        _beside_waiting(results["E"]),
        _slow(results["F"]),
        _http(results),
        _limits(results),
        _profile(results["profile"]),
        _growth(results["growth"]),
        _reads(results["growth"]),
        _left_out(results["left_out"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rate(figures: Sequence[float]) -> str:
    """Median, and (min–max) when there are several."""
    if not figures:
        return "–"
    text = f"{_round(median(figures)):,}"
    return text if len(figures) == 1 else f"{text} ({_round(min(figures)):,}–{_round(max(figures)):,})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(ours) / median(theirs):.2f} ×" if ours and theirs else "–"


def percentile(sorted_values: Sequence[float], share: float) -> float:
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def _peers(results: dict[str, Any], versions: dict[str, str]) -> str:
    head = ["", "version", *(part for _, name in ONE_AND_BULK for part in (name, "we are")), "worker's peak MiB"]
    fastest = sorted(versions, key=lambda peer: -median(results["C"].get(peer) or [0]))
    rows = []
    for peer in fastest:
        cells = [f"**{peer}**" if peer == US else peer, versions[peer]]
        for measure, _ in ONE_AND_BULK:
            ours, theirs = results[measure].get(US, []), results[measure].get(peer, [])
            cells += [rate(theirs), "" if peer == US else ratio(ours, theirs)]
        rows.append([*cells, rate(results["memory"].get(peer, []))])
    return _table("### A, B, C: create and drain", head, rows)


def _delays(title: str, delays: dict[str, list[float]]) -> str:
    rows = [
        [name, str(len(values)), *(f"{percentile(values, share):,.1f}" for share in (0, 0.5, 0.95, 0.99))]
        for name, values in sorted(delays.items(), key=lambda item: percentile(item[1], 0.5))
    ]
    head = ["", "jobs", "earliest", "p50", "p95", "p99"]
    return _table(title, head, rows) if rows else ""


def _beside_waiting(measured: dict[str, Any]) -> str:
    rows = [_waited(peer, figures) for peer, figures in measured.items()]
    rows += [_waited(f"{US} ({figures['date']})", figures) for figures in published() if rows]
    head = ["", "none wait, jobs/s", "waiting", "so many wait, jobs/s", "median of pairs"]
    return _table("### E: drained while future jobs wait, in turns with none", head, rows) if rows else ""


def _waited(name: str, figures: dict[str, Any]) -> list[str]:
    alone, beside = figures["alone"], figures["beside"]
    pairs = [with_them / without for with_them, without in zip(beside, alone, strict=True)]
    return [name, rate(alone), f"{figures['waiting']:,}", rate(beside), f"{median(pairs):.2f} ×"]


def _slow(slow: dict[str, list[float]]) -> str:
    most = CONCURRENCY / HANDLER_SECONDS
    rows = [
        [peer, rate(figures), f"{median(figures) / most:.0%}"]
        for peer, figures in sorted(slow.items(), key=lambda item: -median(item[1]))
    ]
    title = f"### F: handlers of {HANDLER_SECONDS * 1000:g} ms, {CONCURRENCY} at once (at most {most:g}/s)"
    return _table(title, ["", "jobs/s", "of the most"], rows) if rows else ""


def _http(results: dict[str, Any]) -> str:
    http = results["http"]
    library = results["B"].get(US, [])
    rows = []
    for name, figures in http.items():
        trivial = http.get(f"trivial function, {name.rpartition(', ')[2]}", [])
        base, of = (library, "of the library's bulk") if "1,000" in name else (trivial, "of the trivial function")
        rows.append([name, rate(figures), "" if name.startswith("trivial") else f"{ratio(figures, base)} {of}"])
    return _table("### A over HTTP: jobs/s under functions-framework", ["", "jobs/s", ""], rows) if rows else ""


def _limits(results: dict[str, Any]) -> str:
    figures = results["limits"]
    rows = [[LIMITS[name], rate(values)] for name, values in figures.items()]
    if "bare_loop_jobs" in figures and US in results["C"]:
        rows.append(["our drain, of that loop", ratio(results["C"][US], figures["bare_loop_jobs"])])
    return _table("### What the machine can do", ["", ""], rows) if rows else ""


def _profile(profile: dict[str, Any]) -> str:
    if not profile:
        return ""
    rows = [[name, f"{part['wall_us']:.1f}", f"{part['cpu_us']:.1f}"] for name, part in profile["stages"].items()]
    rows.append(["the rest: threads, bookkeeping", "", f"{profile['rest_cpu_us']:.1f}"])
    rows.append(["**all**", f"{profile['wall_us']:.1f}", f"{profile['client_cpu_us']:.1f}"])
    note = (
        f"\n\nThe servers took {profile['postgres_cpu_us']:.1f} (Postgres) and {profile['valkey_cpu_us']:.1f} (Valkey)"
        " µs of CPU a job. Lanes overlap, so the stages' wall times add up to more than all."
    )
    return _table("### Where a drain's time goes, µs a job", ["stage", "wall", "own CPU"], rows) + note


def _growth(growth: list[dict[str, Any]]) -> str:
    names = {
        "drain": "drained, jobs/s",
        "idle_take_ms": "an idle tick's one script call, ms",
        "tick_peak_mib": "the tick's peak memory, MiB",
        "index_rebuild_seconds": "rebuild of a lost index, s",
        "valkey_bytes_per_waiting": "Valkey, bytes a waiting job",
        "postgres_bytes_per_row": "Postgres, bytes a job with its indexes",
    }
    rows = [[text, *(_figure(size[name]) if name in size else "–" for size in growth)] for name, text in names.items()]
    return _table("### As the table grows", ["", *_sizes(growth)], rows) if growth else ""


def _reads(growth: list[dict[str, Any]]) -> str:
    names = list(growth[0]["reads_ms"]) if growth else []
    rows = [
        [name, *(f"{size['reads_ms'][name]['p50']:.1f} / {size['reads_ms'][name]['p95']:.1f}" for size in growth)]
        for name in names
    ]
    return _table("### Reads, ms, p50 / p95, 50 a page, as a library", ["", *_sizes(growth)], rows) if rows else ""


def _left_out(left_out: list[dict[str, str]]) -> str:
    return "\n".join(["### Left out", "", *(f"- {row['what']}: {row['why']}" for row in left_out)]) if left_out else ""


def _sizes(growth: list[dict[str, Any]]) -> list[str]:
    return [f"{size['rows']:,} rows" + (f" ({size['date']})" if "date" in size else "") for size in growth]


def _table(title: str, head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join([title, "", *(f"| {' | '.join(line)} |" for line in lines)])


def _figure(value: float) -> str:
    return f"{_round(value):,}" if value >= 100 else f"{value:.2f}"


def _round(value: float) -> int:
    """Three digits say all that a run can tell."""
    digits = max(0, len(str(int(abs(value)))) - 3)
    return int(round(value, -digits))
