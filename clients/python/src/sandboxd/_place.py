"""A place in a stream that outlives its connections."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from httpx_sse import ServerSentEvent
from typing_extensions import Self

from . import models
from ._tries import backoff
from .errors import GapError

BEGINNING = "0" * 26
"""What there was before all events."""
# The API sends a comment every 15 s: a connection that is silent for longer than this is dead.
SILENCE_MAX_S = 40.0
# A connection that lasted this long was a good one.
GOOD_S = 10.0

OnGap = Callable[[str], object]


class Place:
    """What was read up to, whatever breaks: every event once, in order."""

    def __init__(self, after: str, on_gap: OnGap | None, *, is_new: bool = False) -> None:
        self._cursor = after
        self._on_gap = on_gap
        # Nothing was there when it was asked for: what was taken away is older than the stream.
        self._is_new = is_new and after == BEGINNING
        self._tries = 0
        self._opened = 0.0

    @classmethod
    def behind(cls, newest: list[models.Event], on_gap: OnGap | None) -> Self:
        """Where a stream begins that isn't told: after the newest event, so that none falls in
        between."""
        return cls(newest[0]["id"] if newest else BEGINNING, on_gap, is_new=True)

    def request(self, path: str, query: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """What an httpx request is built with that goes on from here."""
        self._opened = time.monotonic()
        return {
            "url": path,
            "params": query,
            "headers": {"Accept": "text/event-stream", "Last-Event-ID": self._cursor},
            "timeout": httpx.Timeout(timeout, read=SILENCE_MAX_S),
        }

    def take(self, event: ServerSentEvent) -> Any | None:
        """What an event tells, if it is new. Raises GapError unless somebody is told of gaps."""
        is_new, self._is_new = self._is_new, False
        if event.event == "gap":
            pruned: str = json.loads(event.data)["pruned_through"]
            if not is_new and self._on_gap is None:
                raise GapError(pruned)
            if not is_new and self._on_gap is not None:
                self._on_gap(pruned)
            self._cursor = pruned
            return None
        # ULIDs have one length; of numbers the longer one is the larger one.
        if (len(event.id), event.id) <= (len(self._cursor), self._cursor):
            return None
        self._cursor, self._tries = event.id, 0
        return json.loads(event.data)

    def pause(self) -> float:
        """How long to rest after a connection that had been opened and has ended."""
        self._is_new = False
        if time.monotonic() - self._opened > GOOD_S:
            self._tries = 0
        self._tries += 1
        return backoff(self._tries - 1)
