"""The clients over a real installation, also while its API is killed."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
from stack import Stack, visit

from sandboxd import BEGINNING, ApiError, AsyncSandboxd, OperationError, Sandboxd, models

APPS = 30


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    stack = Stack()
    yield stack
    stack.end()


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[Sandboxd]:
    with Sandboxd(stack.url, stack.token) as client:
        yield client


@pytest.fixture(scope="module")
def app(client: Sandboxd) -> models.App:
    return client.create_app(name="Tea shop")


@pytest.fixture(scope="module")
def sandbox(client: Sandboxd, app: models.App) -> models.Sandbox:
    steps: list[models.Operation] = []
    creating = client.create_app_sandbox(app["id"], template="static")
    made = client.wait(creating, on_progress=steps.append, timeout=60)
    assert steps[-1]["status"] == "succeeded"
    return made["sandbox"]


def test_its_preview(client: Sandboxd, sandbox: models.Sandbox) -> None:
    client.write_file(sandbox["id"], "<h1>Green tea</h1>", path="index.html")
    assert "Green tea" in visit(sandbox["preview"]["url"])


def test_a_capture_three_forks_a_restore(
    client: Sandboxd, app: models.App, sandbox: models.Sandbox
) -> None:
    capturing = client.capture_snapshot(source_sandbox_id=sandbox["id"], name="green", live=True)
    snapshot = client.wait(capturing)["snapshot"]["id"]
    children = client.wait(client.fork_app(app["id"], snapshot_id=snapshot, count=3))["children"]
    assert len(children) == 3
    for child in children:
        assert b"Green tea" in client.read_file(child["sandbox"]["id"], path="index.html")
    client.write_file(sandbox["id"], "<h1>Spilt tea</h1>", path="index.html")
    restored = client.wait(client.restore_app(app["id"], snapshot_id=snapshot))
    assert restored["safety_snapshot_id"]
    assert b"Green tea" in client.read_file(sandbox["id"], path="index.html")


def test_a_task_and_what_it_says_while_the_api_is_killed(
    stack: Stack, client: Sandboxd, sandbox: models.Sandbox
) -> None:
    line = 'for n in $(seq 10); do echo "cup $n"; sleep 0.2; done; echo tea > tea.txt'
    operation = client.run_task(
        sandbox["id"], prompt="Do it", agent="command", command=["sh", "-c", line]
    )
    task = operation["task_id"]
    assert task is not None
    said = []
    with ThreadPoolExecutor() as other:
        # More than there are: one that repeats itself must not hold the suite up.
        for piece in islice(client.stream_task(sandbox["id"], task), 200):
            text = piece["data"].get("text", "")
            if text.startswith("cup"):
                said.append(text.strip())
                if len(said) == 3:
                    stack.tell("kill-api")
                    other.submit(stack.tell, "start-api")
    assert said == [f"cup {n + 1}" for n in range(10)]
    done = client.wait(operation)["task"]
    assert done["status"] == "succeeded"
    assert done["files_changed"] == ["tea.txt"]


def test_every_event_once_and_every_app_once_while_the_api_is_killed(
    stack: Stack, client: Sandboxd
) -> None:
    newest = client.list_events(limit=1)["events"]
    stream = client.stream(after=newest[0]["id"] if newest else BEGINNING, type="app.created")

    told: Queue[list[models.Event]] = Queue()
    # One that never hears all of them must not hold the suite up.
    Thread(target=lambda: told.put(list(islice(stream, APPS))), daemon=True).start()

    def make(n: int) -> models.App:
        return client.create_app(name=f"Cup {n}")

    with ThreadPoolExecutor(12) as others:
        making = [others.submit(make, n) for n in range(10)]
        making[3].result()
        stack.tell("kill-api")
        making += [others.submit(make, 10 + n) for n in range(10)]
        stack.tell("start-api")
        making += [others.submit(make, 20 + n) for n in range(10)]
        made = sorted(one.result()["id"] for one in making)
    heard = told.get(timeout=30)
    assert len(set(made)) == APPS
    found = client.list_apps(q="Cup", limit=200)["apps"]
    assert sorted(one["id"] for one in found) == made
    assert sorted(event["app_id"] for event in heard) == made
    ids = [event["id"] for event in heard]
    assert ids == sorted(ids)


def test_one_key_makes_one_app_whatever_happens_in_between(stack: Stack, client: Sandboxd) -> None:
    def make() -> models.App:
        return client.create_app(name="Only", idempotency_key="the-only-one")

    first = make()
    stack.tell("kill-api")
    with ThreadPoolExecutor() as other:
        again = other.submit(make)
        stack.tell("start-api")
        assert again.result(30) == first
    assert len(client.list_apps(q="Only")["apps"]) == 1


def test_errors_have_their_types(stack: Stack, client: Sandboxd, sandbox: models.Sandbox) -> None:
    with pytest.raises(ApiError) as raised:
        client.get_app(BEGINNING)
    assert (raised.value.status, raised.value.code) == (404, "not_found")
    with pytest.raises(ApiError) as raised:
        client.create_app(name="")
    assert raised.value.code == "invalid_request"
    assert raised.value.details == {"field": "name"}
    with Sandboxd(stack.url, "nobody") as stranger, pytest.raises(ApiError) as raised:
        stranger.list_apps()
    assert raised.value.code == "unauthorized"
    sleeping = client.run_task(
        sandbox["id"], prompt="Rest", agent="command", command=["sleep", "600"]
    )
    with pytest.raises(ApiError) as raised:
        client.run_task(sandbox["id"], prompt="Rest", agent="command", command=["true"])
    assert raised.value.code == "task_in_progress"
    assert raised.value.details["task_id"] == sleeping["task_id"]
    client.cancel_operation(sleeping["id"])
    with pytest.raises(OperationError) as failed:
        client.wait(sleeping)
    assert failed.value.code == "cancelled"


def test_the_client_that_is_awaited(stack: Stack) -> None:
    async def main() -> None:
        async with AsyncSandboxd(stack.url, stack.token) as client:
            app = await client.create_app(name="Coffee shop")
            async with aclosing(client.stream(after=BEGINNING, app_id=app["id"])) as stream:
                assert (await anext(stream))["type"] == "app.created"
                stack.tell("kill-api")
                starting = asyncio.to_thread(stack.tell, "start-api")
                creating, _ = await asyncio.gather(
                    client.create_app_sandbox(app["id"], template="static"), starting
                )
                result = await client.wait(creating)
                assert (await anext(stream))["type"] == "sandbox.create.started"
            assert result["sandbox"]["status"] == "running"

    asyncio.run(main())


def test_the_example_of_the_readme(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    [code] = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    monkeypatch.setenv("SANDBOXD_URL", stack.url)
    monkeypatch.setenv("SANDBOXD_TOKEN", stack.token)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  our own
    assert capsys.readouterr().out.endswith("\nsandbox.created\n")
