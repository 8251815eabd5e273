"""Requests, and when they are sent again."""

import json
import time
from typing import Any

import httpx
import pytest
from fake_api import FakeApi, answer, cut, half, refusal

from sandboxd import ApiError, Sandboxd, UnreachableError

APP: Any = {"id": "A", "name": "Shop"}


def test_a_token_a_body_the_answer() -> None:
    api = FakeApi(answer(201, APP))
    with Sandboxd("http://api", "t", transport=api) as client:
        assert client.create_app(name="Shop", tags=["demo"]) == APP
    [request] = api.asked
    assert (request.method, str(request.url)) == ("POST", "http://api/v1/apps")
    assert request.headers["authorization"] == "Bearer t"
    assert json.loads(request.content) == {"name": "Shop", "tags": ["demo"]}


def test_a_post_whose_answer_was_lost_is_sent_again_with_its_key() -> None:
    api = FakeApi(cut, half(201, ['{"id":']), answer(201, APP))
    client = Sandboxd(transport=api)
    assert client.create_app(name="Shop") == APP
    first, *rest = api.sent("idempotency-key")
    assert first is not None
    assert len(first) == 32
    assert rest == [first, first]
    assert len({request.content for request in api.asked}) == 1
    client.create_app(name="Shop")
    assert api.sent("idempotency-key")[3] != first


def test_a_key_of_the_callers_own_is_kept() -> None:
    api = FakeApi(answer(201, APP))
    Sandboxd(transport=api).create_app(name="x", idempotency_key="signup-42")
    assert api.sent("idempotency-key") == ["signup-42"]


def test_what_isnt_safe_to_repeat_is_sent_once() -> None:
    api = FakeApi(cut)
    client = Sandboxd(transport=api)
    with pytest.raises(UnreachableError, match=r"no answer from 127.0.0.1:9090: cut"):
        client.update_app("A", name="x")
    with pytest.raises(UnreachableError):
        client.exec_command("S", cmd="make")
    assert len(api.asked) == 2
    assert api.sent("idempotency-key") == [None, None]
    assert api.asked[1].extensions["timeout"]["read"] is None


def test_it_comes_again_as_late_as_it_is_told_to() -> None:
    api = FakeApi(refusal(429, "rate_limited", {"Retry-After": "1"}), answer(201, APP))
    began = time.monotonic()
    Sandboxd(transport=api).create_app(name="Shop")
    assert time.monotonic() - began >= 1


def test_where_that_is_beyond_its_patience_it_tells_at_once() -> None:
    api = FakeApi(refusal(503, "capacity", {"Retry-After": "120"}))
    with pytest.raises(ApiError, match="capacity: it is capacity") as raised:
        Sandboxd(transport=api).create_app(name="Shop")
    error = raised.value
    assert (error.code, error.retry_after, error.retryable) == ("capacity", 120, True)
    assert len(api.asked) == 1


def test_its_patience_ends() -> None:
    api = FakeApi(cut)
    with pytest.raises(UnreachableError) as raised:
        Sandboxd(transport=api, patience=0.6).create_app(name="Shop")
    assert isinstance(raised.value.__cause__, httpx.ReadError)
    assert len(api.asked) > 1


def test_an_error_is_told_as_the_api_told_it() -> None:
    error = {
        "code": "operation_in_progress",
        "message": "wait for it",
        "retryable": True,
        "details": {"operation_id": "O"},
    }
    api = FakeApi(answer(409, {"error": error}, {"X-Request-Id": "R"}))
    with pytest.raises(ApiError) as raised:
        Sandboxd(transport=api).start_sandbox("S")
    told = raised.value
    assert (told.status, told.code, told.request_id) == (409, "operation_in_progress", "R")
    assert (told.message, told.details) == ("wait for it", {"operation_id": "O"})
    assert len(api.asked) == 1


def test_a_failure_that_may_help_to_repeat_or_not() -> None:
    api = FakeApi(
        lambda _: httpx.Response(502, text="<h1>Bad gateway</h1>"),
        refusal(500, "internal"),
        refusal(503, "capacity", retryable=False),
    )
    with pytest.raises(ApiError) as raised:
        Sandboxd(transport=api).create_app(name="Shop")
    assert (raised.value.code, raised.value.retryable) == ("capacity", False)
    assert len(api.asked) == 3


def test_a_proxys_error_has_no_code() -> None:
    api = FakeApi(lambda _: httpx.Response(502, text="<h1>Bad gateway</h1>"))
    with pytest.raises(ApiError, match="the API answered 502 and didn't say why") as raised:
        Sandboxd(transport=api, patience=0).list_apps()
    assert (raised.value.code, raised.value.retryable) == ("unknown", True)


def test_paths_queries_and_bytes() -> None:
    api = FakeApi(cut, lambda _: httpx.Response(201, json={}), answer(200, {}))
    client = Sandboxd("http://api/", transport=api)
    client.write_file("S/../T", 'not "JSON"', path="a b.txt")
    assert api.asked[1].url.raw_path == b"/v1/sandboxes/S%2F..%2FT/files/content?path=a+b.txt"
    assert api.asked[1].headers["content-type"] == "application/octet-stream"
    assert api.asked[1].content == b'not "JSON"'
    client.list_files("S", recursive=True)
    assert api.asked[2].url.query == b"recursive=true"


def test_bytes_text_and_nothing() -> None:
    api = FakeApi(
        lambda _: httpx.Response(200, content=b"\x00\xff"),
        lambda _: httpx.Response(200, text="a line\n"),
        lambda _: httpx.Response(204),
    )
    client = Sandboxd(transport=api)
    assert client.read_file("S", path="x") == b"\x00\xff"
    assert client.read_logs("S") == "a line\n"
    client.delete_snapshot("N")
    assert [request.method for request in api.asked] == ["GET", "GET", "DELETE"]
