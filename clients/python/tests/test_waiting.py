"""Waiting for operations."""

from typing import Any, cast

import pytest
from fake_api import FakeApi, answer, cut

from sandboxd import OperationError, Sandboxd, models

RUNNING: dict[str, Any] = {
    "id": "O", "kind": "app.fork", "status": "running", "attempt": 1, "progress": None,
    "steps": [], "cancel_requested": False, "finished_at": None, "result": None, "error": None,
}  # fmt: skip
SUCCEEDED = {**RUNNING, "status": "succeeded", "finished_at": "now", "result": {"children": []}}


def step(done: int) -> dict[str, Any]:
    return {**RUNNING, "progress": {"step": "s", "done": done, "total": 3, "message": ""}}


def test_it_asks_until_the_end_whatever_breaks() -> None:
    api = FakeApi(answer(202, RUNNING), cut, answer(200, RUNNING), answer(200, SUCCEEDED))
    client = Sandboxd(transport=api)
    result = client.wait(client.fork_app("A", snapshot_id="S"))
    assert result == {"children": []}
    asked = [request.url.raw_path for request in api.asked[1:]]
    assert asked == [b"/v1/operations/O?wait=30000ms"] * 3


def test_progress_is_told_when_there_is_some() -> None:
    api = FakeApi(*(answer(200, step(n)) for n in (1, 1, 2)), answer(200, SUCCEEDED))
    told: list[int | None] = []

    def on_progress(operation: models.Operation) -> None:
        progress = operation["progress"]
        told.append(None if progress is None else progress["done"])

    Sandboxd(transport=api).wait("O", on_progress=on_progress)
    assert told == [1, 2, None]
    assert api.asked[0].url.query == b"wait=1000ms"


def test_a_failed_one_raises_why_a_cancelled_one_that_it_was() -> None:
    error = {"code": "capacity", "message": "no memory", "retryable": True, "details": {"free": 1}}
    failed = {**RUNNING, "status": "failed", "finished_at": "now", "error": error}
    cancelled = {**failed, "status": "cancelled", "error": None}
    client = Sandboxd(transport=FakeApi(answer(200, failed), answer(200, cancelled)))
    with pytest.raises(OperationError, match=r"app.fork failed: no memory") as raised:
        client.wait("O")
    told = raised.value
    assert (told.code, told.retryable, told.details) == ("capacity", True, {"free": 1})
    assert told.operation == failed
    with pytest.raises(OperationError, match=r"app.fork cancelled") as raised:
        client.wait("O")
    assert raised.value.code == "cancelled"


def test_one_that_has_ended_isnt_asked_for() -> None:
    api = FakeApi(cut)
    assert Sandboxd(transport=api).wait(cast("models.Operation", SUCCEEDED)) == {"children": []}
    assert api.asked == []


def test_its_time_ends() -> None:
    api = FakeApi(answer(200, RUNNING))
    with pytest.raises(TimeoutError, match=r"hasn't ended within 0.05 s"):
        Sandboxd(transport=api).wait("O", timeout=0.05)
    assert api.asked[0].url.query.startswith(b"wait=")
