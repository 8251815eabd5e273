"""What the clients raise."""

from typing import Any, Literal

import httpx

from . import models


class SandboxdError(Exception):
    """What all of them are."""


class ApiError(SandboxdError):
    """The API answered with an error."""

    status: int
    code: models.ErrorCode | Literal["unknown"]
    """`unknown` where the answer wasn't the API's own, such as a proxy's."""
    message: str
    retryable: bool
    """Whether it may help to ask again."""
    request_id: str | None
    """What the API's log knows the request by."""
    details: dict[str, Any]
    """Ids, fields and states that a program may want: `operation_id`, `task_id`, `field`."""
    retry_after: float | None
    """How long the API wants to be left alone, in seconds."""

    def __init__(self, response: httpx.Response, retry_after: float | None) -> None:
        error = error_of(response)
        self.status = response.status_code
        silent = f"the API answered {self.status} and didn't say why"
        self.message = silent if error is None else error["message"]
        self.code = "unknown" if error is None else error["code"]
        self.retryable = self.status >= 502 if error is None else error["retryable"]
        self.details = {} if error is None else error.get("details", {})
        self.request_id = response.headers.get("x-request-id")
        self.retry_after = retry_after
        super().__init__(f"{self.code}: {self.message}")


class UnreachableError(SandboxdError):
    """No whole answer came from the API, however often it was asked; `__cause__` says why."""


class OperationError(SandboxdError):
    """An operation that was waited for failed, or was cancelled."""

    operation: models.Operation
    code: models.ErrorCode | Literal["cancelled"]
    retryable: bool
    details: dict[str, Any]

    def __init__(self, operation: models.Operation) -> None:
        error, status = operation["error"], operation["status"]
        self.operation = operation
        self.code = "internal" if error is None else error["code"]
        if status == "cancelled":
            self.code = "cancelled"
        self.retryable = error is not None and error["retryable"]
        self.details = {} if error is None else error.get("details", {})
        why = "" if error is None else f": {error['message']}"
        super().__init__(f"{operation['kind']} {status}{why}")


class GapError(SandboxdError):
    """A stream was to go on after events that retention has taken away."""

    pruned_through: models.EventId
    """The newest event that is gone: a stream `after` it goes on with what there is."""

    def __init__(self, pruned_through: models.EventId) -> None:
        self.pruned_through = pruned_through
        super().__init__(
            f"events up to {pruned_through} are no longer there; look at everything anew"
        )


def error_of(response: httpx.Response) -> models.ErrorBody | None:
    """The error that an answer tells of, if it is the API's."""
    try:
        error: models.ErrorBody = response.json()["error"]
        return error if isinstance(error["code"], str) else None
    except (ValueError, LookupError, TypeError):
        return None
