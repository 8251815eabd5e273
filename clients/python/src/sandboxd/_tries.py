"""Whether, and when, something is tried again."""

import random
import time
from email.utils import parsedate_to_datetime

import httpx

from .errors import ApiError, UnreachableError, error_of

FIRST_S = 0.25
LAST_S = 5.0
# Refused before anything was done.
REFUSED = (429, 503)
# What came of these isn't known.
FAILED = (500, 502, 504)


class Tries:
    """Those of one request, for `patience` seconds after the first that failed."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._deadline: float | None = None
        self._count = 0

    def after_answer(self, response: httpx.Response) -> float | None:
        """How long to rest before the next try; None where the answer is a good one.

        Raises ApiError where there is to be no other try.
        """
        if response.is_success:
            return None
        status, wanted = response.status_code, retry_after(response)
        helps = status in REFUSED or (status in FAILED and is_repeatable(response.request))
        pause = self._pause(wanted or 0.0) if helps and _may_help(response) else None
        if pause is None:
            raise ApiError(response, wanted)
        return pause

    def after_failure(self, request: httpx.Request, cause: httpx.TransportError) -> float:
        """The same where no whole answer came. Raises UnreachableError."""
        pause = self._pause(0.0) if is_repeatable(request) else None
        if pause is None:
            why = str(cause) or type(cause).__name__
            raise UnreachableError(
                f"no answer from {request.url.netloc.decode()}: {why}"
            ) from cause
        return pause

    def _pause(self, wanted: float) -> float | None:
        now = time.monotonic()
        self._deadline = self._deadline or now + self._patience
        pause = wanted + backoff(self._count)
        self._count += 1
        return pause if now + pause <= self._deadline else None


def backoff(tries: int) -> float:
    """Doubles from try to try up to 5 s; up to half of it less, so that callers spread."""
    return float(min(FIRST_S * 2**tries, LAST_S)) * random.uniform(0.5, 1)


def is_repeatable(request: httpx.Request) -> bool:
    """Whether doing it twice is doing it once. PATCH isn't sent again (RFC 9110, 9.2.2)."""
    if request.method == "POST":
        return "idempotency-key" in request.headers
    return request.method != "PATCH"


def retry_after(response: httpx.Response, now: float | None = None) -> float | None:
    """`Retry-After` in seconds: seconds or a date (RFC 9110, 10.2.3)."""
    text = response.headers.get("retry-after")
    if text is None:
        return None
    if text.isdecimal():
        return float(text)
    try:
        then = parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
    return max(0.0, then - (time.time() if now is None else now))


def _may_help(response: httpx.Response) -> bool:
    """Whether the API says so. What isn't JSON is a proxy's, which knows only its status."""
    if not response.headers.get("content-type", "").startswith("application/json"):
        return True
    error = error_of(response)
    return error is not None and error["retryable"]
