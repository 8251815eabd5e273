"""Made by generate.py from docs/openapi.yaml; not to be changed by hand."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

from typing_extensions import NotRequired

AccessPolicy: TypeAlias = Literal["control_plane_only", "agent_access", "runtime_access", "both"]
"""Who gets a value as environment."""


Agent: TypeAlias = Literal["opencode", "claude-code", "codex", "gemini", "command"]
"""What works on a prompt."""


class AgentNeeds(TypedDict):
    """What an agent needs."""

    config_any_of: list[str]
    """One of these keys of the app's config, with access for agents; none where there are none."""


AppId: TypeAlias = str
"""An app: what a tenant owns."""


AuditId: TypeAlias = str
"""A row of the audit log."""


class CancelOperation(TypedDict):
    """Nothing is to be said."""


class CancelTask(TypedDict):
    """Nothing is to be said."""


class Check(TypedDict):
    """A condition of being ready."""

    name: str
    ok: bool
    reason: NotRequired[str]
    """Why it doesn't hold."""
    warning: NotRequired[str]
    """What an operator should know though it doesn't fail."""


ConfigKey: TypeAlias = str
"""The name of a value"""


ConfigValue: TypeAlias = str
"""A value: up to 65,536 bytes, without NUL"""


class CreateConfig(TypedDict):
    """A new entry."""

    key: ConfigKey
    value: ConfigValue
    sensitive: NotRequired[bool]
    """Whether the value is never shown again; `false` if not said."""
    access_policy: NotRequired[AccessPolicy]
    """`control_plane_only` if not said: it reaches nobody."""


class CreatePreviewToken(TypedDict):
    """What a new link opens."""

    port: NotRequired[int | None]
    """One of the sandbox's ports; all if absent."""
    expires_in: NotRequired[str | None]
    """A duration such as "1h", at most "30d"."""
    path: NotRequired[str | None]
    """Where in the app the link leads to."""


class CreateSession(TypedDict):
    """Who signs in."""

    token: str


DeliveryId: TypeAlias = str
"""A message to a webhook."""


DeliveryStatus: TypeAlias = Literal["pending", "succeeded", "failed", "cancelled"]
"""How far a delivery is."""


Description: TypeAlias = str
"""A description: up to 2,000 characters; line breaks are allowed."""


DisabledReason: TypeAlias = Literal["user", "gone", "failing"]
"""Why a webhook gets nothing."""


DriverKind: TypeAlias = Literal["overlay", "copy"]
"""How a node keeps workspaces."""


EgressPolicy: TypeAlias = Literal["open", "none", "allowlist"]
"""
How much of the internet a sandbox reaches. The host, other sandboxes and private networks
are out of reach in any case.
"""


EgressRule: TypeAlias = str
"""`host`, `host:port`, `cidr` or `cidr:port`; no wildcards, no IPv6"""


EntryKind: TypeAlias = Literal["file", "directory", "symlink", "other"]
"""What a directory entry is."""


ErrorCode: TypeAlias = Literal[
    "invalid_request",
    "unauthorized",
    "not_found",
    "method_not_allowed",
    "conflict",
    "operation_in_progress",
    "task_in_progress",
    "idempotency_mismatch",
    "rate_limited",
    "quota_exceeded",
    "sandbox_unavailable",
    "capacity",
    "internal",
]
"""What went wrong, as clients may rely on it."""


EventId: TypeAlias = str
"""A row of the timeline. Grows in commit order."""


EventPattern: TypeAlias = str


EventPatterns: TypeAlias = list[EventPattern]
"""Types of events such as `sandbox.started`, families such as `sandbox.*`, or `*`"""


ExecCommand: TypeAlias = str | list[str]
"""A line for the shell, or a program with its arguments."""


class ExecResult(TypedDict):
    """What a program said and how it ended, as clients see it."""

    exit_code: int | None
    """If it ended by itself."""
    signal: int | None
    """The number of the signal that ended it."""
    timed_out: bool
    """It ran out of time and was ended."""
    stdout: str
    """What isn't UTF-8 is replaced."""
    stderr: str
    truncated: bool
    """It said more than is here."""
    duration_ms: int


ExternalId: TypeAlias = str
"""An id in the caller's own system: 1–200 characters, no control characters, trimmed."""


FailureReason: TypeAlias = Literal[
    "cancelled", "agent_timeout", "agent_error", "sandbox_unavailable", "internal"
]
"""Why a task did not succeed."""


FileStatus: TypeAlias = Literal["added", "changed", "removed"]
"""What became of a file."""


FirewallMode: TypeAlias = Literal["unknown", True, False]
"""Whether a node keeps its sandboxes apart by firewall rules."""


GitHistory: TypeAlias = Literal["reset", "keep"]
"""What becomes of the git history in a fork."""


class Health(TypedDict):
    """That the process answers."""

    status: str


How: TypeAlias = Literal["token", "session", False]
"""How a caller is known."""


IdlePolicy: TypeAlias = Literal["sleep", "always_on"]
"""Whether an idle sandbox is stopped."""


class Limits(TypedDict):
    """What a sandbox may use."""

    memory_bytes: int
    """Memory in bytes; swap is not added to it."""
    cpus: float
    """CPUs, fractions allowed."""
    pids: int
    """Processes and threads."""
    disk_bytes: int
    """Bytes of its workspace that it may hold beyond its base."""


ModelName: TypeAlias = str
"""
A model, in an agent's own spelling: 1–200 characters, no control characters. It becomes an
argument of a program, which must not take it for an option.
"""


Name: TypeAlias = str
"""The name of an app or a snapshot: 1–200 characters, no control characters, trimmed."""


class Node(TypedDict):
    """A container engine with its data directory."""

    name: str
    driver: DriverKind
    """How it keeps workspaces."""
    driver_reason: str
    """Why that way."""
    engine_error: str | None
    """Why its engine can't be used now."""
    firewall: FirewallMode
    """Whether firewall rules keep its sandboxes apart."""
    firewall_error: str | None
    """Why they aren't in place now. Nothing starts meanwhile."""


OperationId: TypeAlias = str
"""A long operation."""


OperationKind: TypeAlias = Literal[
    "sandbox.create",
    "sandbox.start",
    "sandbox.stop",
    "sandbox.delete",
    "app.delete",
    "snapshot.capture",
    "app.restore",
    "app.fork",
    "app.explore",
    "task.run",
]
"""What an operation does."""


OperationStatus: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]
"""Where an operation is."""


OutputKind: TypeAlias = Literal["status", "message", "tool", "build", "done"]
"""What a piece of a task's output tells of."""


Port: TypeAlias = int


Ports: TypeAlias = list[Port]
"""Ports that previews may reach; the first is the main one"""


PreviewStatus: TypeAlias = Literal["down", "starting", "ready", "error"]
"""Whether the preview answers."""


PreviewTokenId: TypeAlias = str
"""A link to a private preview."""


class Progress(TypedDict):
    """What an operation is doing now."""

    step: str
    """The step's name."""
    done: int
    """Steps done."""
    total: int
    """Steps in all."""
    message: str
    """For a person."""


class ProjectIds(TypedDict):
    """A project in the caller's own system."""

    id: ExternalId
    user_id: ExternalId


Prompt: TypeAlias = str
"""
What an agent is asked: up to 100 KiB, line breaks and all. It becomes an argument of a program,
which can't hold a NUL.
"""


QueueClass: TypeAlias = Literal["control", "snapshot", "task", "maintenance"]
"""The classes of work of a node, each with its own concurrency."""


class QuotaView(TypedDict):
    """A quota of the tenant's."""

    limit: int | None
    """Null for none."""
    used: int


class Quotas(TypedDict):
    """Quotas by name."""

    sandboxes: QuotaView
    """Sandboxes, those that failed to be made aside."""
    running: QuotaView
    """Sandboxes that have a container, or are about to."""
    snapshots: QuotaView
    """Snapshots of all kinds."""
    disk_bytes: QuotaView
    """Bytes of sealed layers that snapshots and workspaces stand on, each counted once."""
    tasks: QuotaView
    """Unfinished tasks."""
    operations_per_minute: QuotaView
    """Operations accepted within the last minute."""
    requests_per_minute: QuotaView
    """Requests within a minute."""


class Readiness(TypedDict):
    """That work can be done."""

    status: str
    checks: list[Check]


class Redeliver(TypedDict):
    """Nothing is to be said."""


class RenameSnapshot(TypedDict):
    """What changes."""

    name: NotRequired[Name | None]


class RotateSecret(TypedDict):
    """Nothing is to be said."""


SandboxId: TypeAlias = str
"""A sandbox: the container and workspace of an app."""


SandboxStatus: TypeAlias = Literal[
    "creating", "running", "stopping", "stopped", "starting", "restoring", "deleting", "error"
]
"""What a sandbox is doing."""


SearchText: TypeAlias = str
"""A text to look for, bounded."""


Severity: TypeAlias = Literal["info", "warning", "error"]
"""How much an event matters."""


Size: TypeAlias = int | str
"""Bytes: a number, or a text such as "512m"; units are binary"""


SnapshotId: TypeAlias = str
"""A captured workspace."""


SnapshotKind: TypeAlias = Literal["manual", "safety", "checkpoint"]
"""Why a snapshot was taken."""


SnapshotStatus: TypeAlias = Literal["capturing", "ready", "failed", "deleting"]
"""Whether a snapshot can be used."""


class StartSandbox(TypedDict):
    """Nothing is to be said."""


StepStatus: TypeAlias = Literal["running", "succeeded", "failed"]
"""Where a step is."""


class StopSandbox(TypedDict):
    """Nothing is to be said."""


Tag: TypeAlias = str


Tags: TypeAlias = list[Tag]
"""Tags, in the order given and without repeats"""


TaskId: TypeAlias = str
"""A run of a coding agent."""


TaskStatus: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]
"""Where a task is."""


Template: TypeAlias = Literal["react-standard", "node-express", "static", "python", "blank"]
"""What a new workspace is seeded with. The names are folders of the base image."""


class TestWebhook(TypedDict):
    """Nothing is to be said."""


Timestamp: TypeAlias = str
"""An instant: RFC 3339, UTC, with milliseconds."""


class UpdateConfig(TypedDict):
    """What changes; an absent field stays as it is."""

    value: NotRequired[ConfigValue]
    sensitive: NotRequired[bool]
    """What was sensitive becomes visible only with a new value."""
    access_policy: NotRequired[AccessPolicy]


Visibility: TypeAlias = Literal["public", "private"]
"""Who may see the preview."""


WebhookId: TypeAlias = str
"""A webhook."""


WebhookUrl: TypeAlias = str
"""
An `http` or `https` URL without credentials and fragment, at most 2,000 characters. Where its
name leads is looked at when something is sent.
"""


class WrittenFile(TypedDict):
    """A file that was written."""

    path: str
    size: int
    """In bytes."""


class AdoptApp(TypedDict):
    """What is adopted."""

    from_app_id: AppId
    """A fork of this app."""
    delete_others: NotRequired[bool | None]
    """
    Whether the children that the same exploration made beside it are deleted, with their
    snapshots; true if not said.
    """


class AgentInfo(TypedDict):
    """An agent."""

    agent: Agent
    name: str
    program: str | None
    """What the image has to have; null where the request names it."""
    needs: AgentNeeds
    installed: bool | None
    """Whether the image has it; null while that isn't known."""
    ready: NotRequired[bool]
    """Whether it can work in the app that was asked about."""
    missing: NotRequired[list[str]]
    """What stands in the way of that, for a person."""


class AgentList(TypedDict):
    """All agents."""

    agents: list[AgentInfo]


class AuditEntry(TypedDict):
    """A row of the audit log, as the API shows it."""

    id: AuditId
    """Its id."""
    actor: str
    """
    Who did it: `token:<label>`, `session:<label>`, `anybody` while auth is off, `preview` for a
    visitor's wake, or `admin`.
    """
    action: str
    """What was done: the operationId of the route."""
    method: str
    """The method of the request; empty where there was none."""
    route: str
    """The route's template."""
    targets: dict[str, Any]
    """Ids of what it was done to, by kind."""
    status: int | None
    """The answer's status; null if the client went away before, and where there was no request."""
    request_id: str | None
    """The `X-Request-Id` of its answer."""
    peer: str | None
    """The address that the request came from; a proxy's where there is one in front."""
    created_at: Timestamp
    """When."""


class AuditList(TypedDict):
    """A page of the audit log."""

    audit: list[AuditEntry]
    next_before: NotRequired[AuditId]


class CaptureSnapshot(TypedDict):
    """What is captured."""

    source_sandbox_id: SandboxId
    name: Name
    live: NotRequired[bool | None]
    """Whether a running sandbox may be captured as it runs; false if not said."""


class ConfigEntry(TypedDict):
    """An entry of an app's config."""

    key: ConfigKey
    value: NotRequired[str]
    """Left out if it is sensitive."""
    sensitive: bool
    """Whether the value is never shown again."""
    access_policy: AccessPolicy
    created_at: Timestamp
    updated_at: Timestamp


class ConfigList(TypedDict):
    """All entries of an app."""

    config: list[ConfigEntry]


class CreateSandbox(TypedDict):
    """Whose sandbox it is, and what it is like."""

    project: ProjectIds
    visibility: NotRequired[Visibility | None]
    template: NotRequired[Template | None]
    from_snapshot: NotRequired[SnapshotId | None]
    ports: NotRequired[Ports | None]


class CreateWebhook(TypedDict):
    """What a new webhook is like."""

    url: WebhookUrl
    events: NotRequired[EventPatterns | None]
    app_id: NotRequired[AppId | None]
    description: NotRequired[Description | None]


class Delivery(TypedDict):
    """One message to one webhook, with all its attempts."""

    id: DeliveryId
    """Its id."""
    webhook_id: WebhookId
    """Its webhook."""
    message_id: str
    """The header `webhook-id` of all attempts."""
    event_id: NotRequired[EventId]
    """The event; none if it was sent to try the webhook."""
    type: str
    """The event's type."""
    status: DeliveryStatus
    """How far it is."""
    attempts: int
    """Attempts begun."""
    next_attempt_at: NotRequired[Timestamp]
    """When the next begins."""
    response_status: NotRequired[int]
    """The status of the last answer."""
    response_excerpt: NotRequired[str]
    """The beginning of the last answer's body, if it was no success."""
    error: NotRequired[str]
    """What went wrong at the last attempt."""
    duration_ms: NotRequired[int]
    """How long the last attempt took, in milliseconds."""
    attempted_at: NotRequired[Timestamp]
    """When the last attempt ended."""
    created_at: Timestamp
    """When it was written."""
    finished_at: NotRequired[Timestamp]
    """When it came to its end."""


class DeliveryList(TypedDict):
    """A page of deliveries."""

    deliveries: list[Delivery]
    next_before: NotRequired[DeliveryId]


class Egress(TypedDict):
    """What an app's sandboxes may reach."""

    policy: EgressPolicy
    """How much."""
    allow: NotRequired[list[EgressRule]]
    """What, if the policy is `allowlist`; else empty."""


class ErrorBody(TypedDict):
    """The public part of an error. Its message says what to do and never holds a cause's internals."""

    code: ErrorCode
    """The stable code."""
    message: str
    """For a person."""
    retryable: bool
    """Whether to try again."""
    details: NotRequired[dict[str, Any]]
    """Flags, ids and states that a program may want."""


class Event(TypedDict):
    """A row of the timeline, as the API shows it."""

    id: EventId
    """Its id; grows in commit order."""
    type: str
    """What happened."""
    severity: Severity
    """How much it matters."""
    message: str
    """For a person."""
    app_id: NotRequired[AppId]
    """The app it is about."""
    sandbox_id: NotRequired[SandboxId]
    """The sandbox it is about."""
    snapshot_id: NotRequired[SnapshotId]
    """The snapshot it is about."""
    task_id: NotRequired[TaskId]
    """The task it is about."""
    operation_id: NotRequired[OperationId]
    """The operation it is part of."""
    attempt: NotRequired[int]
    """That operation's attempt."""
    payload: dict[str, Any]
    """Flags, counts, ids and reasons."""
    created_at: Timestamp
    """When it was committed."""


class EventList(TypedDict):
    """A page of events."""

    events: list[Event]
    next_before: NotRequired[EventId]
    pruned_through: NotRequired[EventId]
    """Events up to this one are no longer there: what came `after` may be missing some."""


class Exec(TypedDict):
    """A program to run, in the app folder unless `cwd` says."""

    cmd: ExecCommand
    timeout: NotRequired[str | None]
    """A duration such as "30s", which it is if not given; at most "1h"."""
    env: NotRequired[dict[str, str]]
    """Variables beside the usual ones. It doesn't get the app's config."""
    cwd: NotRequired[str | None]
    """A folder, from the app folder."""


class ExploreApp(TypedDict):
    """What is tried."""

    snapshot_id: NotRequired[SnapshotId | None]
    prompt: Prompt
    agent: NotRequired[Agent | None]
    model: NotRequired[ModelName | None]
    timeout: NotRequired[str | None]
    """How long each agent may take, from "1s" to "24h"; 30 minutes if not said."""
    command: NotRequired[list[str] | None]
    """The program and its arguments, for agent `command`."""
    count: int
    """How many children."""
    copy_config: NotRequired[bool | None]
    """
    Whether they get the source's config, sensitive values too, which most agents need for their
    keys; true if not said.
    """


class FileDiff(TypedDict):
    """A file that isn't the same in two snapshots."""

    path: str
    """From the app folder."""
    status: FileStatus
    """What became of it."""
    type: EntryKind
    """What it is, or was if it was removed."""
    size: NotRequired[int]
    """Bytes; of a link's target. Not given for what was removed."""
    size_before: NotRequired[int]
    """The same in the snapshot compared with. Not given for what was added."""
    mode: NotRequired[str]
    """Permissions in octal, if they were changed."""
    mode_before: NotRequired[str]
    """The same in the snapshot compared with."""
    lossy: NotRequired[bool]
    """The name isn't UTF-8: `path` shows it and doesn't lead to it."""


class FileEntry(TypedDict):
    """A file, a folder, or what else there is."""

    path: str
    """From the app folder."""
    type: EntryKind
    size: int
    """Bytes of a file."""
    mode: str
    """Octal, as chmod takes it."""
    modified_at: Timestamp
    lossy: NotRequired[bool]
    """The name isn't UTF-8: `path` shows it and doesn't lead to it."""


class FileList(TypedDict):
    """What is in a folder."""

    entries: list[FileEntry]
    """At most 10,000, sorted by name, a folder before what is in it."""
    truncated: bool
    """There are more."""


class ForkApp(TypedDict):
    """What is made."""

    snapshot_id: SnapshotId
    name: NotRequired[Name | None]
    count: NotRequired[int | None]
    """How many; 1 if not said."""
    git: NotRequired[GitHistory | None]
    copy_config: NotRequired[bool | None]
    """Whether the source's config is copied, sensitive values too; `false` if not said: none is."""


class ForkedFrom(TypedDict):
    """Where a forked app comes from."""

    app_id: AppId
    """The source app, which may be gone by now."""
    snapshot_id: SnapshotId
    """The snapshot that the fork stands on."""


class HttpError(ErrorBody):
    """An error with the request that it answers."""

    request_id: str
    """As in `X-Request-Id`."""


class LimitsChange(TypedDict):
    """What is to differ from the installation's limits."""

    memory: NotRequired[Size | None]
    cpus: NotRequired[float | None]
    """CPUs, fractions allowed."""
    pids: NotRequired[int | None]
    """Processes and threads."""
    disk: NotRequired[Size | None]


class NewSession(TypedDict):
    """A session that was made; its secret is in the cookie alone."""

    tenant: str
    csrf_token: str
    """What writes by this session have to repeat as `X-CSRF-Token`."""
    expires_at: Timestamp
    """When it ends unless it is used."""


class Preview(TypedDict):
    """Where a sandbox is seen, and whether it answers there."""

    url: str
    """Of the main port."""
    urls: dict[str, str]
    """Of each port."""
    status: PreviewStatus
    last_http_status: int | None
    """What it answered when it was last probed."""
    last_checked_at: Timestamp | None


class PreviewLink(TypedDict):
    """A link to a private preview."""

    id: PreviewTokenId
    sandbox_id: SandboxId
    port: int | None
    """The one port that it opens; none opens all."""
    url: str
    """To be opened in a browser, which gets a cookie by it."""
    token: str
    """For programs, as `X-Sandboxd-Preview-Token`. Left out of what is kept of the answer."""
    expires_at: Timestamp
    created_at: Timestamp


class PreviewToken(TypedDict):
    """A link to a private preview, as the API shows it. The token itself isn't kept."""

    id: PreviewTokenId
    """Its id."""
    sandbox_id: SandboxId
    """The sandbox that it opens."""
    port: int | None
    """The one port that it opens; none opens all."""
    expires_at: Timestamp
    """Until when it opens anything."""
    revoked_at: Timestamp | None
    created_at: Timestamp
    """When it was made."""


class PreviewTokenList(TypedDict):
    """A page of links to private previews."""

    preview_tokens: list[PreviewToken]
    next_before: NotRequired[PreviewTokenId]


class Queue(TypedDict):
    """A node's queue."""

    node: str
    queue: QueueClass
    depth: int
    """Operations that wait, back-off included."""
    running: int
    """Operations that run."""
    oldest_queued_at: Timestamp | None
    oldest_age_ms: int | None
    """Milliseconds that it has waited."""
    ended_per_minute: int
    """Operations that ended within the last minute."""
    failed_per_minute: int
    """Those of them that failed."""


class QueueList(TypedDict):
    """The queues that have anything to tell of."""

    queues: list[Queue]


class QuotaList(TypedDict):
    """The tenant's quotas."""

    quotas: Quotas


class RestoreApp(TypedDict):
    """What is restored."""

    snapshot_id: SnapshotId
    safety_snapshot: NotRequired[bool | None]
    """Whether what is replaced is kept as a snapshot first; true if not said."""


class RunTask(TypedDict):
    """What is to be done, and who is to do it."""

    prompt: Prompt
    agent: NotRequired[Agent | None]
    model: NotRequired[ModelName | None]
    timeout: NotRequired[str | None]
    """
    How long the agent may take: a duration such as "10m", from "1s" to "24h"; 30 minutes if not
    said.
    """
    timeout_s: NotRequired[int | None]
    """The same in seconds; give one of them."""
    checkpoint: NotRequired[bool | None]
    """
    Whether the workspace is captured before and after, so that the task can be undone; true if
    not said.
    """
    command: NotRequired[list[str] | None]
    """
    The program and its arguments, at most 64 KiB; for agent `command`, which gets the prompt in
    `SANDBOXD_PROMPT`.
    """
    continue_task_id: NotRequired[TaskId | None]


class RunningOperation(TypedDict):
    """An operation in a worker's hands."""

    id: OperationId
    kind: OperationKind
    app_id: AppId | None
    sandbox_id: SandboxId | None
    attempt: int
    """Attempts begun."""
    started_at: Timestamp | None
    lease_until: Timestamp
    """When it is taken for stranded unless its worker is heard of."""


class Sandbox(TypedDict):
    """A sandbox, as the API shows it. Made from its row alone: nothing is dialled."""

    id: SandboxId
    app_id: AppId
    status: SandboxStatus
    """What it is doing."""
    status_reason: str | None
    """
    Why, where that isn't plain: `idle`, `memory_pressure`, `disk_limit`, `crashed`, `oom`,
    `restored` (a backup), or words for people.
    """
    template: Template | None
    ports: Ports
    visibility: Visibility
    idle_policy: IdlePolicy
    idle_after: str
    """A duration such as "35m"; "0s" for never."""
    limits: Limits
    preview: Preview
    active_operation_id: OperationId | None
    active_task_id: TaskId | None
    generation: int
    """The number of its current workspace; grows with every seal and restore."""
    base_snapshot_id: SnapshotId | None
    created_at: Timestamp
    updated_at: Timestamp
    last_active_at: Timestamp


class SandboxList(TypedDict):
    """A page of sandboxes."""

    sandboxes: list[Sandbox]
    next_before: NotRequired[SandboxId]


class Session(TypedDict):
    """Who asks, and how that is known."""

    tenant: str
    auth: How
    csrf_token: NotRequired[str]
    """What writes by this session have to repeat."""
    expires_at: NotRequired[Timestamp]
    """When this session ends unless it is used."""


class Snapshot(TypedDict):
    """A snapshot, as the API shows it."""

    id: SnapshotId
    """Its id."""
    name: str
    """Its name."""
    status: SnapshotStatus
    """Whether it can be used."""
    kind: SnapshotKind
    """Why it was taken."""
    source_sandbox_id: SandboxId
    """The sandbox it was taken from, which may be gone by now."""
    source_app_id: AppId
    """The app it was taken from, which may be gone by now."""
    parent_snapshot_id: SnapshotId | None
    base_image: str
    """The image of the sandbox it was taken from."""
    size_bytes: int | None
    """Bytes of the layers it consists of; null until they are measured."""
    unique_bytes: int | None
    """Bytes that only it holds; null until they are measured."""
    task_id: TaskId | None
    created_at: Timestamp
    """When it was asked for."""


class SnapshotDiff(TypedDict):
    """What a snapshot has compared with another."""

    snapshot_id: SnapshotId
    """The snapshot."""
    against: SnapshotId
    """The one that it was compared with."""
    added: int
    """Files listed as added."""
    changed: int
    """Files listed as changed."""
    removed: int
    """Files listed as removed."""
    truncated: bool
    """There may be more: the list is full, or it took too long."""
    files: list[FileDiff]
    """At most 10,000, sorted by path. Folders aren't listed, only what is in them."""


class SnapshotList(TypedDict):
    """A page of snapshots."""

    snapshots: list[Snapshot]
    next_before: NotRequired[SnapshotId]


class Step(TypedDict):
    """A named, idempotent part of an operation."""

    name: str
    """Its name, verb_noun."""
    status: StepStatus
    """Where it is."""
    started_at: Timestamp
    """When it was begun, in the attempt that finished it."""
    duration_ms: int | None
    """How long it took; null while it runs."""


class TaskOutput(TypedDict):
    """A piece of a task's output."""

    seq: int
    """1, 2, 3 … without gaps."""
    type: OutputKind
    """What it tells of."""
    data: dict[str, Any]
    """By its type, see the guide."""
    created_at: Timestamp
    """When it was recorded."""


class TaskOutputList(TypedDict):
    """A page of what an agent said, oldest first."""

    events: list[TaskOutput]
    next_after: NotRequired[int]
    """What the next page comes after; only if there is more now."""


class TaskResult(TypedDict):
    """A task as its row has it. What is serialised is what the API shows."""

    id: TaskId
    """Its id."""
    sandbox_id: SandboxId
    """The sandbox that it works in, which may be gone by now."""
    app_id: AppId
    """That sandbox's app."""
    operation_id: OperationId
    """The operation that does it."""
    agent: Agent
    """What works on the prompt."""
    model: str | None
    """The model, in the agent's own spelling; null: the agent's choice."""
    prompt: str
    """What is to be done."""
    command: list[str] | None
    """The program and its arguments, for agent `command`."""
    continue_task_id: TaskId | None
    timeout_ms: int
    """How long the agent may take, in milliseconds."""
    status: TaskStatus
    """Where it is."""
    failure_reason: FailureReason | None
    error_message: str | None
    """The same for a person."""
    files_changed: list[str] | None
    """Paths in the app folder of what was added, changed or removed; null until it is known."""
    agent_message_final: str | None
    """What the agent said last."""
    build_ok: bool | None
    """
    Whether the app builds afterwards; null where it doesn't say how it is built, or where that
    was not tried.
    """
    build_error_message: str | None
    """The end of what a failed build printed."""
    preview_status_after: PreviewStatus | None
    checkpoint_before: SnapshotId | None
    checkpoint_after: SnapshotId | None
    usage: dict[str, Any] | None
    """What the agent used, as it tells: `input_tokens`, `output_tokens` and others."""
    duration_ms: int | None
    """From its start to its end, in milliseconds."""
    created_at: Timestamp
    """When it was asked for."""
    started_at: Timestamp | None
    finished_at: Timestamp | None


class UpdateApp(TypedDict):
    """What changes; an absent field stays as it is."""

    name: NotRequired[Name | None]
    description: NotRequired[Description | None]
    tags: NotRequired[Tags | None]
    egress: NotRequired[Egress | None]


class UpdateSandbox(TypedDict):
    """What changes; an absent field stays as it is."""

    visibility: NotRequired[Visibility | None]
    idle_policy: NotRequired[IdlePolicy | None]
    idle_after: NotRequired[str | None]
    """A duration from 1s to 365d, such as "35m"; "0" for never."""


class UpdateWebhook(TypedDict):
    """What changes; an absent field stays as it is."""

    url: NotRequired[WebhookUrl | None]
    events: NotRequired[EventPatterns | None]
    description: NotRequired[Description | None]
    enabled: NotRequired[bool | None]
    """False also cancels what waits; true forgives what failed before."""


class Webhook(TypedDict):
    """Somebody who wants to hear of events."""

    id: WebhookId
    """Its id."""
    url: str
    """Where they are sent."""
    events: EventPatterns
    """Which."""
    app_id: NotRequired[AppId]
    """Of which app, if not of all."""
    description: NotRequired[str]
    """For a person."""
    enabled: bool
    """Whether it is sent anything."""
    disabled_reason: NotRequired[DisabledReason]
    """Why not."""
    failing_since: NotRequired[Timestamp]
    """The first failed attempt since the last that succeeded."""
    created_at: Timestamp
    """When it was made."""
    updated_at: Timestamp
    """When it was changed last."""


class WebhookList(TypedDict):
    """A page of webhooks."""

    webhooks: list[Webhook]
    next_before: NotRequired[WebhookId]


class WebhookWithSecret(Webhook):
    """A webhook with its secret."""

    secret: NotRequired[str]
    """What messages are signed with. Missing where an answer is replayed."""


class Worker(TypedDict):
    """A worker process."""

    name: str
    node: str
    queues: list[str]
    """The queues that it takes from."""
    alive: bool
    """Whether it was heard of in the last 15 s."""
    started_at: Timestamp
    seen_at: Timestamp
    running: int
    """Operations that it runs, all tenants' together."""
    operations: list[RunningOperation]
    """The tenant's own of them."""


class WorkerList(TypedDict):
    """Workers with what they run, and the nodes they work for."""

    workers: list[Worker]
    nodes: list[Node]


class App(TypedDict):
    """An app, as the API shows it."""

    id: AppId
    """Its id."""
    name: str
    """Its name."""
    description: str | None
    """A longer text."""
    tags: list[str]
    """Tags to search by."""
    external_user_id: NotRequired[str]
    """The id of a user in the caller's own system."""
    external_project_id: NotRequired[str]
    """The id of a project in the caller's own system."""
    egress: Egress
    """What its sandbox may reach on the network."""
    current_sandbox_id: SandboxId | None
    forked_from: NotRequired[ForkedFrom]
    """Set on a fork."""
    active_operation_id: NotRequired[OperationId]
    """The `app.delete` under way."""
    created_at: Timestamp
    """When it was made."""
    updated_at: Timestamp
    """When its own fields last changed."""


class AppList(TypedDict):
    """A page of apps."""

    apps: list[App]
    next_before: NotRequired[AppId]


class CreateApp(TypedDict):
    """What a new app is like."""

    name: Name
    description: NotRequired[Description | None]
    tags: NotRequired[Tags | None]
    external_user_id: NotRequired[ExternalId | None]
    external_project_id: NotRequired[ExternalId | None]
    egress: NotRequired[Egress | None]


class CreateAppSandbox(TypedDict):
    """What the new sandbox is like."""

    template: NotRequired[Template | None]
    ports: NotRequired[Ports | None]
    visibility: NotRequired[Visibility | None]
    idle_policy: NotRequired[IdlePolicy | None]
    limits: NotRequired[LimitsChange | None]


class ErrorAnswer(TypedDict):
    """Why a request wasn't done."""

    error: HttpError


class ForkedChild(TypedDict):
    """A new app and its sandbox."""

    app: NotRequired[App]
    sandbox: NotRequired[Sandbox]
    task: NotRequired[TaskResult]
    """What was done in it, for the child of an exploration."""


class OperationResult(TypedDict):
    """What an operation made or was about, as far as it still exists."""

    app: NotRequired[App]
    sandbox: NotRequired[Sandbox]
    snapshot: NotRequired[Snapshot]
    safety_snapshot_id: NotRequired[SnapshotId]
    """The snapshot that a restore kept of what it replaced."""
    deleted_app_ids: NotRequired[list[AppId]]
    """What an adoption has had deleted."""
    children: NotRequired[list[ForkedChild]]
    """What a fork or an exploration made."""
    task: NotRequired[TaskResult]
    """What a task came to."""


class TaskList(TypedDict):
    """A page of tasks."""

    tasks: list[TaskResult]
    next_before: NotRequired[TaskId]


class Operation(TypedDict):
    """An operation, as the API shows it."""

    id: OperationId
    kind: OperationKind
    status: OperationStatus
    progress: Progress | None
    steps: list[Step]
    """What it has done."""
    app_id: AppId | None
    sandbox_id: SandboxId | None
    snapshot_id: SnapshotId | None
    task_id: TaskId | None
    delete_snapshots: NotRequired[bool]
    """Of the deletion of an app: whether its snapshots go too."""
    attempt: int
    """Attempts begun."""
    max_attempts: int
    """Attempts allowed."""
    worker: str | None
    """The worker that has or had it last."""
    cancel_requested: bool
    """Whether somebody wants it to end."""
    result: OperationResult | None
    error: ErrorBody | None
    created_at: Timestamp
    started_at: Timestamp | None
    finished_at: Timestamp | None
    queue_ms: int | None
    """Milliseconds that it waited for a worker."""


class OperationList(TypedDict):
    """A page of operations."""

    operations: list[Operation]
    next_before: NotRequired[OperationId]
