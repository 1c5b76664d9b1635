"""`python -m infra.render` writes the table of functions, and the dashboard's headers, into the files of the platforms.

What is between two markers is written by this, `# <what>: python -m infra.render` and `# end of <what>`; all else in
those files is written by hand.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from infra.functions import as_json
from infra.rendering import caddy, cloudfront, compose, gcloud, knative, kubernetes, sam, systemd

ROOT = Path(__file__).parents[1]
INFRA = ROOT / "infra"
BLOCKS: list[tuple[Path, str, Callable[[], str]]] = [
    (ROOT / "compose.yaml", "functions", compose.functions),
    (INFRA / "gateway" / "Caddyfile", "headers", caddy.headers),
    (INFRA / "gateway" / "Caddyfile", "routes", caddy.routes),
    (INFRA / "kubernetes" / "functions.yaml", "functions", kubernetes.functions),
    (INFRA / "knative" / "services.yaml", "functions", knative.services),
    (INFRA / "aws" / "template.yaml", "functions", sam.functions),
    (INFRA / "aws" / "dashboard.yaml", "headers", cloudfront.headers),
    (INFRA / "gcp" / "deploy.sh", "functions", gcloud.deployments),
]


def rendered() -> dict[Path, str]:
    """Each file with what it should say."""
    texts = {INFRA / "functions.json": as_json()}
    texts |= {INFRA / "systemd" / path: text for path, text in systemd.drop_ins().items()}
    for file, what, block in BLOCKS:
        texts[file] = replaced(texts.get(file) or file.read_text(), what, block())
    return texts


def replaced(text: str, what: str, block: str) -> str:
    """`text` with `block`, indented as its markers are, between them."""
    before, begin, rest = text.partition(f"# {what}: python -m infra.render\n")
    _, end, after = rest.partition(f"# end of {what}\n")
    if not begin or not end:
        sys.exit(f"There are no markers for {what}.")
    margin = before.rpartition("\n")[2]
    lines = [margin + line if line else "" for line in block.splitlines()]
    return f"{before}{begin}" + "\n".join([*lines, f"{margin}{end}"]) + after


def main() -> None:
    argparse.ArgumentParser(prog="infra.render", description=__doc__).parse_args()
    texts = rendered()
    changed = [file for file, text in texts.items() if not file.exists() or file.read_text() != text]
    for file in changed:
        file.parent.mkdir(exist_ok=True)
        file.write_text(texts[file])
        print(file.relative_to(ROOT))
    print(f"{len(changed)} of {len(texts)} files changed")


if __name__ == "__main__":
    main()
