"""A whole installation over a real engine, as `sandboxd-test-stack` starts it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Literal

import httpx

ROOT = Path(__file__).parents[3]
END_LIMIT_S = 60


class Stack:
    """A running one; `SANDBOXD_TEST_STACK` names the program."""

    def __init__(self) -> None:
        built = ROOT / "target" / "debug" / "sandboxd-test-stack"
        program = os.environ.get("SANDBOXD_TEST_STACK", str(built))
        self._child = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        place = self._line()
        self.url: str = place["url"]
        self.token: str = place["token"]

    def tell(self, command: Literal["kill-api", "start-api"]) -> None:
        """Waits until it is done."""
        assert self._child.stdin is not None
        self._child.stdin.write(f"{command}\n")
        self._child.stdin.flush()
        self._line()

    def end(self) -> None:
        """Ends it with all that it made."""
        self._child.communicate(timeout=END_LIMIT_S)

    def _line(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        assert line, "the installation ended"
        said: dict[str, Any] = json.loads(line)
        return said


def visit(url: str) -> str:
    """What a preview answers; its name is resolved by browsers, not by every host."""
    wanted = httpx.URL(url)
    host = wanted.netloc.decode()
    return httpx.get(wanted.copy_with(host="127.0.0.1"), headers={"Host": host}, timeout=30).text
