"""Requests and answers as both clients have them."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from . import models
from ._operations import Read

DEFAULT_URL = "http://127.0.0.1:9090"
# For how many seconds after its first failure a request is tried again.
PATIENCE = 30.0
# How many seconds an answer may take. Waiting for an operation isn't bounded.
TIMEOUT = 60.0


def settings(url: str, token: str | None, timeout: float) -> dict[str, Any]:
    """What an httpx client is made with."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return {"base_url": url, "headers": headers, "timeout": timeout}


def arguments(
    method: str,
    path: str,
    ids: tuple[str, ...],
    query: Mapping[str, object] | None,
    body: Mapping[str, Any] | None,
    content: bytes | str | None,
    key: str | None,
) -> dict[str, Any]:
    """What an httpx request is built with. A POST gets a key, so that it can be sent again."""
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if method == "POST" and (key is not None or not path.endswith("/exec")):
        headers["Idempotency-Key"] = key or secrets.token_hex(16)
    if method == "POST" and path.endswith("/exec"):
        # Programs run for as long as they like, for which the API sets the limit.
        more["timeout"] = None
    if content is not None:
        headers["Content-Type"] = "application/octet-stream"
        more["content"] = content
    elif body is not None:
        more["json"] = body
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return {
        "method": method,
        "url": filled(path, *ids),
        "params": given,
        "headers": headers,
        **more,
    }


def filled(path: str, *ids: str) -> str:
    """A path with what goes into it."""
    return path.format(*(quote(one, safe="") for one in ids))


def output_of(sandbox_id: models.SandboxId, task_id: models.TaskId) -> str:
    """The path of what a task's agent says."""
    return filled("/v1/sandboxes/{}/tasks/{}/events", sandbox_id, task_id)


def result(response: httpx.Response, read: Read) -> Any:
    """What a good answer has as its body."""
    if read == "nothing":
        return None
    return response.json() if read == "json" else getattr(response, read)
