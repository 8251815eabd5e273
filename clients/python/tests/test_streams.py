"""Streams that outlive their connections."""

import json
from itertools import islice

import pytest
from fake_api import FakeApi, answer, broken, cut, events, gone, refusal

from sandboxd import BEGINNING, ApiError, GapError, Sandboxd

GAP = 'event: gap\ndata: {"pruned_through":"6"}\n\n'


def event(name: str, **data: object) -> str:
    return f"id: {name}\nevent: x\ndata: {json.dumps({'id': name, **data}, ensure_ascii=False)}\n\n"


def piece(seq: int) -> str:
    return event(str(seq), seq=seq)


def test_a_tasks_pieces_each_once_to_their_end() -> None:
    api = FakeApi(
        broken(piece(1), piece(9), ": alive\n\n", "id: 10\nda"),
        cut,
        events(piece(9), piece(10)),
        gone,
    )
    pieces = list(Sandboxd(transport=api).stream_task("S", "T"))
    assert [one["seq"] for one in pieces] == [1, 9, 10]
    assert api.sent("last-event-id") == ["0", "9", "9", "10"]
    assert api.sent("accept") == ["text/event-stream"] * 4
    assert api.asked[0].url.path == "/v1/sandboxes/S/tasks/T/events"
    assert api.asked[0].extensions["timeout"]["read"] == 40


def test_text_of_any_kind_is_one_line_of_the_stream() -> None:
    text = "a\u2028b\u0085c\x0bd"
    api = FakeApi(broken(event("1", text=text)))
    [told] = islice(Sandboxd(transport=api).stream_task("S", "T"), 1)
    assert told["text"] == text  # type: ignore[typeddict-item]


def test_a_timeline_begins_after_its_newest_event() -> None:
    api = FakeApi(answer(200, {"events": [{"id": "5"}]}), broken(), broken(event("6")))
    stream = Sandboxd(transport=api).stream(app_id="A")
    assert [one["id"] for one in islice(stream, 1)] == ["6"]
    assert api.sent("last-event-id") == [None, "5", "5"]
    asked = [request.url.raw_path for request in api.asked[:2]]
    assert asked == [b"/v1/events?limit=1&app_id=A", b"/v1/events?app_id=A"]


def test_a_gap_raises_or_is_told() -> None:
    client = Sandboxd(transport=FakeApi(broken(GAP, event("7"))))
    with pytest.raises(GapError) as raised:
        next(client.stream(after="1"))
    assert raised.value.pruned_through == "6"
    told: list[str] = []
    assert next(client.stream(after="1", on_gap=told.append))["id"] == "7"
    assert told == ["6"]


def test_what_was_gone_before_a_stream_began_is_no_gap_of_it() -> None:
    api = FakeApi(answer(200, {"events": []}), broken(GAP), broken(event("7")))
    assert next(Sandboxd(transport=api).stream())["id"] == "7"
    assert api.sent("last-event-id") == [None, BEGINNING, "6"]


def test_a_refusal_is_final() -> None:
    api = FakeApi(broken(event("7")), refusal(401, "unauthorized", retryable=False))
    stream = Sandboxd(transport=api).stream(after="1")
    assert next(stream)["id"] == "7"
    with pytest.raises(ApiError) as raised:
        next(stream)
    assert raised.value.code == "unauthorized"
    assert len(api.asked) == 2
