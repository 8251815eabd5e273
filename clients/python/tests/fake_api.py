"""An API whose answers are a list, and what it was asked."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

Answer = Callable[[httpx.Request], httpx.Response]


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is cut off."""

    def __init__(self, blocks: list[str]) -> None:
        self.blocks = blocks
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        for block in self.blocks:
            yield block.encode()
        raise httpx.ReadError("cut off")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self:
            yield block

    def close(self) -> None:
        self.is_closed = True

    async def aclose(self) -> None:
        self.is_closed = True


class FakeApi(httpx.MockTransport):
    """Answers the n-th request with the n-th answer; the last one is given for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = answers
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers[min(len(self.asked), len(self._answers)) - 1](request)

    def sent(self, header: str) -> list[str | None]:
        return [request.headers.get(header) for request in self.asked]


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return lambda _: httpx.Response(status, json=body, headers=headers)


def refusal(
    status: int, code: str, headers: dict[str, str] | None = None, *, retryable: bool = True
) -> Answer:
    error = {"code": code, "message": f"it is {code}", "retryable": retryable, "request_id": "r"}
    return answer(status, {"error": error}, headers)


def cut(request: httpx.Request) -> httpx.Response:
    """No answer at all."""
    raise httpx.ReadError("cut", request=request)


def half(status: int, blocks: list[str], kind: str = "application/json") -> Answer:
    """An answer that is cut off after these blocks."""
    return lambda _: httpx.Response(status, headers={"Content-Type": kind}, stream=Broken(blocks))


def broken(*blocks: str) -> Answer:
    """A stream that is cut off after these blocks."""
    return half(200, list(blocks), "text/event-stream")


def events(*blocks: str) -> Answer:
    """A stream that ends after these blocks."""
    headers = {"Content-Type": "text/event-stream"}
    return lambda _: httpx.Response(200, headers=headers, content="".join(blocks).encode())


def gone(_: httpx.Request) -> httpx.Response:
    return httpx.Response(204)
