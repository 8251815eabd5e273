"""Waiting for an operation's end."""

import time
from collections.abc import Callable

from . import models
from .errors import OperationError

OnProgress = Callable[[models.Operation], object]

# How long one question waits for the end, and the same where somebody watches: no event tells of
# steps.
PATIENT_S = 30.0
WATCHED_S = 1.0


class Waiting:
    """What is to be asked next, until the operation has ended."""

    def __init__(self, on_progress: OnProgress | None, timeout: float | None) -> None:
        self._on_progress = on_progress
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._told: object = None

    def look(self, operation: models.Operation) -> models.OperationResult | None:
        """Its result, if it has ended. Raises OperationError where that is no good end."""
        progress = (
            operation["status"],
            operation["attempt"],
            operation["progress"],
            operation["steps"],
            operation["cancel_requested"],
        )
        if self._on_progress is not None and progress != self._told:
            self._told = progress
            self._on_progress(operation)
        if operation["finished_at"] is None:
            return None
        if operation["status"] != "succeeded":
            raise OperationError(operation)
        return operation["result"] or {}

    def seconds(self) -> str:
        """For how long to ask now, as the API reads it. Raises TimeoutError."""
        most = PATIENT_S if self._on_progress is None else WATCHED_S
        if self._deadline is not None:
            most = min(most, self._deadline - time.monotonic())
            if most <= 0:
                raise TimeoutError(f"the operation hasn't ended within {self._timeout} s")
        return f"{max(1, round(most * 1000))}ms"


def id_of(operation: models.Operation | models.OperationId) -> models.OperationId:
    return operation if isinstance(operation, str) else operation["id"]
