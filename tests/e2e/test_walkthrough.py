"""The README's five minutes: every command of it, run as written (but for the port) against `make up`, and the same
again against `DISPATCH=http make up` and `DISPATCH=sqs make up`."""

import json
import re
import subprocess
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pypdf
import pytest
from PIL import Image

from infra.readme import README
from tests.e2e.test_make_up import TWO_TICKS_SECONDS, Product, until, up

SECTION = README.read_text().partition("## Five minutes")[2].partition("\n## ")[0]
GET_URL_AND_KEY, *BLOCKS = re.findall(r"```bash\n(.*?)```", SECTION, re.DOTALL)
MANY = re.search(r"as `many.py`.*?```python\n(.*?)```", SECTION, re.DOTALL)[1]


@pytest.fixture(scope="module", params=["local", "http", "sqs"])
def dispatch(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def product(dispatch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with up(tmp_path_factory.mktemp("walk"), **({} if dispatch == "local" else {"DISPATCH": dispatch})) as product:
        yield product


@pytest.fixture(scope="module")
def failing(product: Product) -> Any:
    """The call that fails; its retries take their time while the other tests run."""
    return run(BLOCKS[5], product)[0]


@pytest.fixture(scope="module")
def failed(product: Product, failing: Any) -> Any:
    """That call, once its retries are used up."""

    def now() -> Any:
        job = product.job(failing["id"])
        return job["status"] == "failed" and job

    return until(now, 5 + 10 + 4 * TWO_TICKS_SECONDS)


def printed(block: str, product: Product) -> str:
    """What the commands of a block print."""
    script = "set -euo pipefail\n" + GET_URL_AND_KEY.replace("127.0.0.1:4000", f"127.0.0.1:{product.port}") + block
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, cwd=product.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(block: str, product: Product) -> list[Any]:
    """The JSON documents that the commands of a block print."""
    documents, rest = [], printed(block, product).strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        documents.append(document)
        rest = rest[end:].strip()
    return documents


def completed(product: Product, job: Any) -> Any:
    def is_completed() -> Any:
        now = product.job(job["id"])
        return now["status"] == "completed" and now

    return until(is_completed, TWO_TICKS_SECONDS * (3 if product.settings else 1))  # one more way to go, or two


def test_one_job_of_each_type_completes_within_two_ticks(product: Product, failing: Any) -> None:
    email, pdf, image, http = (run(block, product)[0] for block in BLOCKS[:4])

    assert completed(product, email)["attempts"][0]["outcome"] == "completed"
    page, outbox = run(BLOCKS[4], product)
    assert (["ada@example.com"], "Hello") in [(mail["to"], mail["subject"]) for mail in outbox["items"]]
    assert len(page["items"]) == 4

    document = pypdf.PdfReader(BytesIO(httpx.get(completed(product, pdf)["result"]["url"]).content))
    text = "\n".join(page.extract_text() for page in document.pages)
    assert "Grace Hopper" in text
    assert re.search(r"42\b", text)

    picture = Image.open(BytesIO(httpx.get(completed(product, image)["result"]["url"]).content))
    assert picture.width == 200

    assert completed(product, http)["result"]["status"] == 200
    assert run(BLOCKS[3], product)[0]["id"] == http["id"], "the same Idempotency-Key answers with the same job"


def test_a_job_is_moved_cancelled_and_started_again(product: Product) -> None:
    moved, cancelled, retried = run(BLOCKS[6], product)
    assert moved["priority"] == 5
    assert (moved["status"], cancelled["status"], retried["status"]) == ("pending", "cancelled", "pending")
    assert completed(product, retried)


def test_what_is_wrong_is_named(product: Product) -> None:
    (problem,) = run(BLOCKS[7], product)
    assert problem["status"] == 422
    assert {fault["field"].split(".")[1] for fault in problem["errors"]} >= {"to", "subject"}


def test_a_failing_call_is_retried_then_failed(failed: Any) -> None:
    assert "503" in failed["failed_reason"]
    assert [attempt["outcome"] for attempt in failed["attempts"]] == ["failed", "retry", "retry"]


def test_the_jobs_were_run_by_whom_it_says(product: Product, dispatch: str) -> None:
    ticks = re.findall(r"tick: (.*) in \d+ ms", product.output())
    assert any("handed_over" in tick for tick in ticks) == (dispatch == "sqs"), "a queue does not say what became of it"
    assert any("completed" in tick for tick in ticks) == (dispatch != "sqs")
    assert ("run.done" in product.output()) == (dispatch != "local"), "run_jobs did the work"
    assert (f"dispatch   {dispatch}" in product.output()) == (dispatch != "local")


def test_the_command_line_creates_and_lists(product: Product, failed: Any) -> None:
    created, _, *listed = printed(BLOCKS[8], product).splitlines()
    assert product.job(created)["status"] == "pending"
    assert [failed["id"] in line for line in listed].count(True) == 1


def test_python_creates_many_at_once(product: Product) -> None:
    def count() -> int:
        return int(product.get("/jobs/count?type=pdf").json()["count"])

    (product.folder / "many.py").write_text(MANY)
    before = count()
    assert printed(BLOCKS[9], product) == ""
    assert count() == before + 1000


def test_there_is_no_command_that_no_test_runs() -> None:
    assert len(BLOCKS) == 10
