"""The client."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from types import TracebackType
from typing import Any

import httpx
from httpx_sse import EventSource
from typing_extensions import Self, Unpack

from . import models
from ._operations import EventFilter, Operations, Read
from ._place import OnGap, Place
from ._requests import DEFAULT_URL, PATIENCE, TIMEOUT, arguments, output_of, result, settings
from ._tries import Tries
from ._waiting import OnProgress, Waiting, id_of


class Sandboxd(Operations):
    """Requests to the API at `url`, each a method; waiting for operations; streams.

    A request that fails is tried again for `patience` seconds where that is safe and may help. An
    answer may take `timeout` seconds.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        token: str | None = None,
        *,
        patience: float = PATIENCE,
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience, self._timeout = patience, timeout
        self._http = httpx.Client(**settings(url, token, timeout), transport=transport)

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait(
        self,
        operation: models.Operation | models.OperationId,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | None = None,
    ) -> models.OperationResult:
        """Waits until an operation has ended, and gives its result.

        `on_progress` is told of it whenever it has got further. Raises OperationError if it failed
        or was cancelled; TimeoutError after `timeout` seconds, while it goes on.
        """
        waiting = Waiting(on_progress, timeout)
        found = None if isinstance(operation, str) else waiting.look(operation)
        while found is None:
            found = waiting.look(self.get_operation(id_of(operation), wait=waiting.seconds()))
        return found

    def stream(
        self,
        *,
        after: models.EventId | None = None,
        on_gap: OnGap | None = None,
        **only: Unpack[EventFilter],
    ) -> Generator[models.Event, None, None]:
        """The timeline as it comes, after an event or from now on; it doesn't end by itself.

        Each event comes once and in order, however often the connection breaks. What retention has
        taken away raises GapError, or is told to `on_gap`.
        """
        if after is None:
            place = Place.behind(self.list_events(limit=1, **only)["events"], on_gap)
        else:
            place = Place(after, on_gap)
        return self._follow("/v1/events", only, place)

    def stream_task(
        self, sandbox_id: models.SandboxId, task_id: models.TaskId, /, *, after: int = 0
    ) -> Generator[models.TaskOutput, None, None]:
        """What a task's agent says, as it says it, to its end; after a piece's `seq`."""
        return self._follow(output_of(sandbox_id, task_id), {}, Place(str(after), None))

    def _follow(self, path: str, only: EventFilter, place: Place) -> Generator[Any, None, None]:
        tries = Tries(self._patience)
        while True:
            opened = False
            request = self._http.build_request("GET", **place.request(path, only, self._timeout))
            try:
                with closing(self._http.send(request, stream=True)) as response:
                    if not response.is_success:
                        response.read()
                    rest = tries.after_answer(response)
                    if response.status_code == 204:
                        return
                    if rest is None:
                        opened, tries = True, Tries(self._patience)
                        for event in EventSource(response).iter_sse():
                            if (told := place.take(event)) is not None:
                                yield told
                        rest = place.pause()
            except httpx.TransportError as error:
                rest = place.pause() if opened else tries.after_failure(request, error)
            time.sleep(rest)

    def _call(
        self,
        method: str,
        path: str,
        *ids: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | str | None = None,
        key: str | None = None,
        read: Read = "json",
    ) -> Any:
        made = arguments(method, path, ids, query, body, content, key)
        request, tries = self._http.build_request(**made), Tries(self._patience)
        while True:
            try:
                response = self._http.send(request)
            except httpx.TransportError as error:
                pause = tries.after_failure(request, error)
            else:
                rest = tries.after_answer(response)
                if rest is None:
                    return result(response, read)
                pause = rest
            time.sleep(pause)
