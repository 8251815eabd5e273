"""A client of the sandboxd API: `Sandboxd`, and `AsyncSandboxd` to be awaited."""

from . import models
from ._operations import EventFilter
from ._place import BEGINNING
from .aio import AsyncSandboxd
from .client import Sandboxd
from .errors import ApiError, GapError, OperationError, SandboxdError, UnreachableError

__all__ = [
    "BEGINNING",
    "ApiError",
    "AsyncSandboxd",
    "EventFilter",
    "GapError",
    "OperationError",
    "Sandboxd",
    "SandboxdError",
    "UnreachableError",
    "models",
]
