"""The client that is awaited does the same."""

import asyncio
from contextlib import aclosing

import httpx
import pytest
from fake_api import FakeApi, answer, broken, cut, events, gone
from test_streams import event, piece
from test_waiting import RUNNING, SUCCEEDED

from sandboxd import ApiError, AsyncSandboxd


def test_requests_and_waiting() -> None:
    api = FakeApi(cut, answer(202, RUNNING), cut, answer(200, SUCCEEDED), answer(404, {}))

    async def main() -> None:
        async with AsyncSandboxd(transport=api) as client:
            result = await client.wait(await client.fork_app("A", snapshot_id="S"))
            assert result == {"children": []}
            with pytest.raises(ApiError):
                await client.get_app("A")

    asyncio.run(main())
    first, second = api.sent("idempotency-key")[:2]
    assert first == second
    assert first is not None


def test_streams() -> None:
    api = FakeApi(broken(piece(1), piece(2)), cut, events(piece(2), piece(3)), gone)

    async def main() -> list[int]:
        client = AsyncSandboxd(transport=api)
        return [one["seq"] async for one in client.stream_task("S", "T")]

    assert asyncio.run(main()) == [1, 2, 3]
    assert api.sent("last-event-id") == ["0", "2", "2", "3"]


def test_a_timeline_is_left() -> None:
    api = FakeApi(answer(200, {"events": [{"id": "5"}]}), broken(), broken(event("6"), event("7")))

    async def main() -> str:
        async with aclosing(AsyncSandboxd(transport=api).stream()) as stream:
            return (await anext(stream))["id"]

    assert asyncio.run(main()) == "6"
    assert api.sent("last-event-id") == [None, "5", "5"]


def test_a_cancelled_wait_is_over() -> None:
    class Slow(FakeApi):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            return await super().handle_async_request(request)

    async def main() -> None:
        client = AsyncSandboxd(transport=Slow(answer(200, RUNNING)))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.wait("O"), 0.05)

    asyncio.run(main())
