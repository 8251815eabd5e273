"""Made by generate.py from docs/openapi.yaml; not to be changed by hand."""

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import TypedDict, Unpack

from . import models

Read = Literal["json", "text", "content", "nothing"]


class EventFilter(TypedDict, total=False):
    """What a timeline can be narrowed to."""

    type: str
    severity: models.Severity
    app_id: models.AppId
    sandbox_id: models.SandboxId
    snapshot_id: models.SnapshotId
    task_id: models.TaskId
    operation_id: models.OperationId


class Operations:
    """Every request of the API."""

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
        raise NotImplementedError

    def healthz(self) -> models.Health:
        """Says that the process answers."""
        answer: models.Health = self._call("GET", "/healthz")
        return answer

    def get_openapi(self) -> dict[str, Any]:
        """Gives this document."""
        answer: dict[str, Any] = self._call("GET", "/openapi.json")
        return answer

    def readyz(self) -> models.Readiness:
        """Says whether work can be done."""
        answer: models.Readiness = self._call("GET", "/readyz")
        return answer

    def list_agents(
        self, *, app_id: models.AppId | None = None, sandbox_id: models.SandboxId | None = None
    ) -> models.AgentList:
        """Lists agents."""
        answer: models.AgentList = self._call(
            "GET", "/v1/agents", query={"app_id": app_id, "sandbox_id": sandbox_id}
        )
        return answer

    def list_apps(
        self,
        *,
        limit: int | None = None,
        before: models.AppId | None = None,
        external_user_id: models.SearchText | None = None,
        tag: models.SearchText | None = None,
        q: models.SearchText | None = None,
    ) -> models.AppList:
        """Lists apps, newest first."""
        answer: models.AppList = self._call(
            "GET",
            "/v1/apps",
            query={
                "limit": limit,
                "before": before,
                "external_user_id": external_user_id,
                "tag": tag,
                "q": q,
            },
        )
        return answer

    def create_app(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateApp]
    ) -> models.App:
        """Creates an app."""
        answer: models.App = self._call("POST", "/v1/apps", body=body, key=idempotency_key)
        return answer

    def get_app(self, app_id: models.AppId, /) -> models.App:
        """Gets an app."""
        answer: models.App = self._call("GET", "/v1/apps/{}", app_id)
        return answer

    def delete_app(
        self,
        app_id: models.AppId,
        /,
        *,
        snapshots: Literal["keep", "delete"] | None = None,
        force: bool | None = None,
    ) -> models.Operation:
        """Deletes an app."""
        answer: models.Operation = self._call(
            "DELETE", "/v1/apps/{}", app_id, query={"snapshots": snapshots, "force": force}
        )
        return answer

    def update_app(self, app_id: models.AppId, /, **body: Unpack[models.UpdateApp]) -> models.App:
        """Changes an app."""
        answer: models.App = self._call("PATCH", "/v1/apps/{}", app_id, body=body)
        return answer

    def adopt_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.AdoptApp],
    ) -> models.Operation:
        """Adopts the workspace of a fork."""
        answer: models.Operation = self._call(
            "POST", "/v1/apps/{}/adopt", app_id, body=body, key=idempotency_key
        )
        return answer

    def list_config(self, app_id: models.AppId, /) -> models.ConfigList:
        """Lists an app's config, by key."""
        answer: models.ConfigList = self._call("GET", "/v1/apps/{}/config", app_id)
        return answer

    def create_config(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreateConfig],
    ) -> models.ConfigEntry:
        """Adds an entry to an app's config."""
        answer: models.ConfigEntry = self._call(
            "POST", "/v1/apps/{}/config", app_id, body=body, key=idempotency_key
        )
        return answer

    def delete_config(self, app_id: models.AppId, key: models.ConfigKey, /) -> None:
        """Removes an entry from an app's config."""
        self._call("DELETE", "/v1/apps/{}/config/{}", app_id, key, read="nothing")

    def update_config(
        self, app_id: models.AppId, key: models.ConfigKey, /, **body: Unpack[models.UpdateConfig]
    ) -> models.ConfigEntry:
        """Changes an entry of an app's config."""
        answer: models.ConfigEntry = self._call(
            "PATCH", "/v1/apps/{}/config/{}", app_id, key, body=body
        )
        return answer

    def list_app_events(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        task_id: models.TaskId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams an app's timeline."""
        answer: models.EventList = self._call(
            "GET",
            "/v1/apps/{}/events",
            app_id,
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "task_id": task_id,
                "operation_id": operation_id,
            },
        )
        return answer

    def explore_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.ExploreApp],
    ) -> models.Operation:
        """Explores several answers to a prompt."""
        answer: models.Operation = self._call(
            "POST", "/v1/apps/{}/explore", app_id, body=body, key=idempotency_key
        )
        return answer

    def fork_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.ForkApp],
    ) -> models.Operation:
        """Forks an app from a snapshot."""
        answer: models.Operation = self._call(
            "POST", "/v1/apps/{}/fork", app_id, body=body, key=idempotency_key
        )
        return answer

    def restore_app(
        self,
        app_id: models.AppId,
        /,
        *,
        force: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[models.RestoreApp],
    ) -> models.Operation:
        """Restores a snapshot into an app."""
        answer: models.Operation = self._call(
            "POST",
            "/v1/apps/{}/restore",
            app_id,
            query={"force": force},
            body=body,
            key=idempotency_key,
        )
        return answer

    def create_app_sandbox(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreateAppSandbox],
    ) -> models.Operation:
        """Creates an app's sandbox."""
        answer: models.Operation = self._call(
            "POST", "/v1/apps/{}/sandbox", app_id, body=body, key=idempotency_key
        )
        return answer

    def list_app_snapshots(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.SnapshotId | None = None,
        kind: models.SnapshotKind | None = None,
    ) -> models.SnapshotList:
        """Lists an app's snapshots, newest first."""
        answer: models.SnapshotList = self._call(
            "GET",
            "/v1/apps/{}/snapshots",
            app_id,
            query={"limit": limit, "before": before, "kind": kind},
        )
        return answer

    def list_app_tasks(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.TaskId | None = None,
        status: models.TaskStatus | None = None,
    ) -> models.TaskList:
        """Lists an app's tasks, newest first."""
        answer: models.TaskList = self._call(
            "GET",
            "/v1/apps/{}/tasks",
            app_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    def get_app_task(self, app_id: models.AppId, task_id: models.TaskId, /) -> models.TaskResult:
        """Gets a task of an app."""
        answer: models.TaskResult = self._call("GET", "/v1/apps/{}/tasks/{}", app_id, task_id)
        return answer

    def list_audit(
        self,
        *,
        limit: int | None = None,
        before: models.AuditId | None = None,
        action: models.SearchText | None = None,
        actor: models.SearchText | None = None,
    ) -> models.AuditList:
        """Lists who did what, newest first."""
        answer: models.AuditList = self._call(
            "GET",
            "/v1/audit",
            query={"limit": limit, "before": before, "action": action, "actor": actor},
        )
        return answer

    def list_events(
        self,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        task_id: models.TaskId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams the tenant's timeline."""
        answer: models.EventList = self._call(
            "GET",
            "/v1/events",
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "task_id": task_id,
                "operation_id": operation_id,
            },
        )
        return answer

    def list_operations(
        self,
        *,
        limit: int | None = None,
        before: models.OperationId | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        status: models.OperationStatus | None = None,
        kind: models.OperationKind | None = None,
    ) -> models.OperationList:
        """Lists operations, newest first."""
        answer: models.OperationList = self._call(
            "GET",
            "/v1/operations",
            query={
                "limit": limit,
                "before": before,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "status": status,
                "kind": kind,
            },
        )
        return answer

    def get_operation(
        self, operation_id: models.OperationId, /, *, wait: str | None = None
    ) -> models.Operation:
        """Gets an operation."""
        answer: models.Operation = self._call(
            "GET", "/v1/operations/{}", operation_id, query={"wait": wait}
        )
        return answer

    def cancel_operation(
        self, operation_id: models.OperationId, /, *, idempotency_key: str | None = None
    ) -> models.Operation:
        """Cancels an operation."""
        answer: models.Operation = self._call(
            "POST", "/v1/operations/{}/cancel", operation_id, key=idempotency_key
        )
        return answer

    def list_queues(self) -> models.QueueList:
        """Lists queues."""
        answer: models.QueueList = self._call("GET", "/v1/queues")
        return answer

    def get_quotas(self) -> models.QuotaList:
        """Shows the tenant's quotas."""
        answer: models.QuotaList = self._call("GET", "/v1/quotas")
        return answer

    def list_sandboxes(
        self, *, limit: int | None = None, before: models.SandboxId | None = None
    ) -> models.SandboxList:
        """Lists sandboxes, newest first."""
        answer: models.SandboxList = self._call(
            "GET", "/v1/sandboxes", query={"limit": limit, "before": before}
        )
        return answer

    def create_sandbox(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateSandbox]
    ) -> models.Sandbox | models.Operation:
        """Creates a project's sandbox."""
        answer: models.Sandbox | models.Operation = self._call(
            "POST", "/v1/sandboxes", body=body, key=idempotency_key
        )
        return answer

    def get_sandbox(self, sandbox_id: models.SandboxId, /) -> models.Sandbox:
        """Gets a sandbox."""
        answer: models.Sandbox = self._call("GET", "/v1/sandboxes/{}", sandbox_id)
        return answer

    def delete_sandbox(
        self, sandbox_id: models.SandboxId, /, *, force: bool | None = None
    ) -> models.Operation:
        """Deletes a sandbox."""
        answer: models.Operation = self._call(
            "DELETE", "/v1/sandboxes/{}", sandbox_id, query={"force": force}
        )
        return answer

    def update_sandbox(
        self, sandbox_id: models.SandboxId, /, **body: Unpack[models.UpdateSandbox]
    ) -> models.Sandbox:
        """Changes a sandbox."""
        answer: models.Sandbox = self._call("PATCH", "/v1/sandboxes/{}", sandbox_id, body=body)
        return answer

    def exec_command(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.Exec],
    ) -> models.ExecResult:
        """Runs a program."""
        answer: models.ExecResult = self._call(
            "POST", "/v1/sandboxes/{}/exec", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    def export_files(self, sandbox_id: models.SandboxId, /) -> bytes:
        """Downloads all files."""
        answer: bytes = self._call("GET", "/v1/sandboxes/{}/export", sandbox_id, read="content")
        return answer

    def list_files(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        path: str | None = None,
        recursive: bool | None = None,
    ) -> models.FileList:
        """Lists files."""
        answer: models.FileList = self._call(
            "GET",
            "/v1/sandboxes/{}/files",
            sandbox_id,
            query={"path": path, "recursive": recursive},
        )
        return answer

    def delete_files(
        self, sandbox_id: models.SandboxId, /, *, path: str, recursive: bool | None = None
    ) -> None:
        """Deletes a file."""
        self._call(
            "DELETE",
            "/v1/sandboxes/{}/files",
            sandbox_id,
            query={"path": path, "recursive": recursive},
            read="nothing",
        )

    def read_file(self, sandbox_id: models.SandboxId, /, *, path: str) -> bytes:
        """Downloads a file."""
        answer: bytes = self._call(
            "GET",
            "/v1/sandboxes/{}/files/content",
            sandbox_id,
            query={"path": path},
            read="content",
        )
        return answer

    def write_file(
        self,
        sandbox_id: models.SandboxId,
        content: bytes | str,
        /,
        *,
        path: str,
        mode: str | None = None,
    ) -> models.WrittenFile:
        """Uploads a file."""
        answer: models.WrittenFile = self._call(
            "PUT",
            "/v1/sandboxes/{}/files/content",
            sandbox_id,
            query={"path": path, "mode": mode},
            content=content,
        )
        return answer

    def read_logs(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        follow: bool | None = None,
        bytes: int | None = None,
    ) -> str:
        """Reads the dev server's log."""
        answer: str = self._call(
            "GET",
            "/v1/sandboxes/{}/logs",
            sandbox_id,
            query={"follow": follow, "bytes": bytes},
            read="text",
        )
        return answer

    def create_preview_token(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreatePreviewToken],
    ) -> models.PreviewLink:
        """Makes a link to a private preview."""
        answer: models.PreviewLink = self._call(
            "POST", "/v1/sandboxes/{}/preview-token", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    def list_preview_tokens(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        limit: int | None = None,
        before: models.PreviewTokenId | None = None,
    ) -> models.PreviewTokenList:
        """Lists a sandbox's links to private previews, newest first."""
        answer: models.PreviewTokenList = self._call(
            "GET",
            "/v1/sandboxes/{}/preview-tokens",
            sandbox_id,
            query={"limit": limit, "before": before},
        )
        return answer

    def revoke_preview_token(
        self, sandbox_id: models.SandboxId, token_id: models.PreviewTokenId, /
    ) -> None:
        """Revokes a link to a private preview."""
        self._call(
            "DELETE", "/v1/sandboxes/{}/preview-tokens/{}", sandbox_id, token_id, read="nothing"
        )

    def start_sandbox(
        self, sandbox_id: models.SandboxId, /, *, idempotency_key: str | None = None
    ) -> models.Operation:
        """Starts a sandbox."""
        answer: models.Operation = self._call(
            "POST", "/v1/sandboxes/{}/start", sandbox_id, key=idempotency_key
        )
        return answer

    def stop_sandbox(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        force: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.Operation:
        """Stops a sandbox."""
        answer: models.Operation = self._call(
            "POST", "/v1/sandboxes/{}/stop", sandbox_id, query={"force": force}, key=idempotency_key
        )
        return answer

    def list_tasks(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        limit: int | None = None,
        before: models.TaskId | None = None,
        status: models.TaskStatus | None = None,
    ) -> models.TaskList:
        """Lists a sandbox's tasks, newest first."""
        answer: models.TaskList = self._call(
            "GET",
            "/v1/sandboxes/{}/tasks",
            sandbox_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    def run_task(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.RunTask],
    ) -> models.Operation:
        """Runs a task."""
        answer: models.Operation = self._call(
            "POST", "/v1/sandboxes/{}/tasks", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    def get_task(
        self, sandbox_id: models.SandboxId, task_id: models.TaskId, /
    ) -> models.TaskResult:
        """Gets a task."""
        answer: models.TaskResult = self._call(
            "GET", "/v1/sandboxes/{}/tasks/{}", sandbox_id, task_id
        )
        return answer

    def cancel_task(
        self,
        sandbox_id: models.SandboxId,
        task_id: models.TaskId,
        /,
        *,
        idempotency_key: str | None = None,
    ) -> models.Operation:
        """Cancels a task."""
        answer: models.Operation = self._call(
            "POST", "/v1/sandboxes/{}/tasks/{}/cancel", sandbox_id, task_id, key=idempotency_key
        )
        return answer

    def follow_task(
        self,
        sandbox_id: models.SandboxId,
        task_id: models.TaskId,
        /,
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> models.TaskOutputList:
        """Follows what a task's agent says."""
        answer: models.TaskOutputList = self._call(
            "GET",
            "/v1/sandboxes/{}/tasks/{}/events",
            sandbox_id,
            task_id,
            query={"after": after, "limit": limit},
        )
        return answer

    def list_snapshots(
        self,
        *,
        limit: int | None = None,
        before: models.SnapshotId | None = None,
        kind: models.SnapshotKind | None = None,
    ) -> models.SnapshotList:
        """Lists snapshots, newest first."""
        answer: models.SnapshotList = self._call(
            "GET", "/v1/snapshots", query={"limit": limit, "before": before, "kind": kind}
        )
        return answer

    def capture_snapshot(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CaptureSnapshot]
    ) -> models.Operation:
        """Captures a sandbox's workspace."""
        answer: models.Operation = self._call(
            "POST", "/v1/snapshots", body=body, key=idempotency_key
        )
        return answer

    def get_snapshot(self, snapshot_id: models.SnapshotId, /) -> models.Snapshot:
        """Gets a snapshot."""
        answer: models.Snapshot = self._call("GET", "/v1/snapshots/{}", snapshot_id)
        return answer

    def delete_snapshot(self, snapshot_id: models.SnapshotId, /) -> None:
        """Deletes a snapshot."""
        self._call("DELETE", "/v1/snapshots/{}", snapshot_id, read="nothing")

    def rename_snapshot(
        self, snapshot_id: models.SnapshotId, /, **body: Unpack[models.RenameSnapshot]
    ) -> models.Snapshot:
        """Renames a snapshot."""
        answer: models.Snapshot = self._call("PATCH", "/v1/snapshots/{}", snapshot_id, body=body)
        return answer

    def diff_snapshots(
        self,
        snapshot_id: models.SnapshotId,
        /,
        *,
        against: models.SnapshotId,
        all: bool | None = None,
    ) -> models.SnapshotDiff:
        """Compares two snapshots."""
        answer: models.SnapshotDiff = self._call(
            "GET", "/v1/snapshots/{}/diff", snapshot_id, query={"against": against, "all": all}
        )
        return answer

    def read_snapshot_file(self, snapshot_id: models.SnapshotId, /, *, path: str) -> bytes:
        """Downloads a file of a snapshot."""
        answer: bytes = self._call(
            "GET",
            "/v1/snapshots/{}/files/content",
            snapshot_id,
            query={"path": path},
            read="content",
        )
        return answer

    def list_task_events(
        self,
        task_id: models.TaskId,
        /,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams a task's timeline."""
        answer: models.EventList = self._call(
            "GET",
            "/v1/tasks/{}/events",
            task_id,
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "operation_id": operation_id,
            },
        )
        return answer

    def list_webhooks(
        self, *, limit: int | None = None, before: models.WebhookId | None = None
    ) -> models.WebhookList:
        """Lists webhooks, newest first."""
        answer: models.WebhookList = self._call(
            "GET", "/v1/webhooks", query={"limit": limit, "before": before}
        )
        return answer

    def create_webhook(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateWebhook]
    ) -> models.WebhookWithSecret:
        """Makes a webhook."""
        answer: models.WebhookWithSecret = self._call(
            "POST", "/v1/webhooks", body=body, key=idempotency_key
        )
        return answer

    def get_webhook(self, webhook_id: models.WebhookId, /) -> models.Webhook:
        """Gives a webhook, without its secret."""
        answer: models.Webhook = self._call("GET", "/v1/webhooks/{}", webhook_id)
        return answer

    def delete_webhook(self, webhook_id: models.WebhookId, /) -> None:
        """Deletes a webhook."""
        self._call("DELETE", "/v1/webhooks/{}", webhook_id, read="nothing")

    def update_webhook(
        self, webhook_id: models.WebhookId, /, **body: Unpack[models.UpdateWebhook]
    ) -> models.Webhook:
        """Changes a webhook."""
        answer: models.Webhook = self._call("PATCH", "/v1/webhooks/{}", webhook_id, body=body)
        return answer

    def list_webhook_deliveries(
        self,
        webhook_id: models.WebhookId,
        /,
        *,
        limit: int | None = None,
        before: models.DeliveryId | None = None,
        status: models.DeliveryStatus | None = None,
    ) -> models.DeliveryList:
        """Lists what a webhook was and is to be sent, newest first."""
        answer: models.DeliveryList = self._call(
            "GET",
            "/v1/webhooks/{}/deliveries",
            webhook_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    def get_webhook_delivery(
        self, webhook_id: models.WebhookId, delivery_id: models.DeliveryId, /
    ) -> models.Delivery:
        """Gives a delivery."""
        answer: models.Delivery = self._call(
            "GET", "/v1/webhooks/{}/deliveries/{}", webhook_id, delivery_id
        )
        return answer

    def redeliver_webhook(
        self,
        webhook_id: models.WebhookId,
        delivery_id: models.DeliveryId,
        /,
        *,
        idempotency_key: str | None = None,
    ) -> models.Delivery:
        """Sends a message once more."""
        answer: models.Delivery = self._call(
            "POST",
            "/v1/webhooks/{}/deliveries/{}/redeliver",
            webhook_id,
            delivery_id,
            key=idempotency_key,
        )
        return answer

    def rotate_webhook_secret(
        self, webhook_id: models.WebhookId, /, *, idempotency_key: str | None = None
    ) -> models.WebhookWithSecret:
        """Gives a webhook a new secret."""
        answer: models.WebhookWithSecret = self._call(
            "POST", "/v1/webhooks/{}/rotate-secret", webhook_id, key=idempotency_key
        )
        return answer

    def test_webhook(
        self, webhook_id: models.WebhookId, /, *, idempotency_key: str | None = None
    ) -> models.Delivery:
        """Sends a webhook a message of type `webhook.test`."""
        answer: models.Delivery = self._call(
            "POST", "/v1/webhooks/{}/test", webhook_id, key=idempotency_key
        )
        return answer

    def list_workers(self) -> models.WorkerList:
        """Lists workers."""
        answer: models.WorkerList = self._call("GET", "/v1/workers")
        return answer


class AsyncOperations:
    """Every request of the API, to be awaited."""

    async def _call(
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
        raise NotImplementedError

    async def healthz(self) -> models.Health:
        """Says that the process answers."""
        answer: models.Health = await self._call("GET", "/healthz")
        return answer

    async def get_openapi(self) -> dict[str, Any]:
        """Gives this document."""
        answer: dict[str, Any] = await self._call("GET", "/openapi.json")
        return answer

    async def readyz(self) -> models.Readiness:
        """Says whether work can be done."""
        answer: models.Readiness = await self._call("GET", "/readyz")
        return answer

    async def list_agents(
        self, *, app_id: models.AppId | None = None, sandbox_id: models.SandboxId | None = None
    ) -> models.AgentList:
        """Lists agents."""
        answer: models.AgentList = await self._call(
            "GET", "/v1/agents", query={"app_id": app_id, "sandbox_id": sandbox_id}
        )
        return answer

    async def list_apps(
        self,
        *,
        limit: int | None = None,
        before: models.AppId | None = None,
        external_user_id: models.SearchText | None = None,
        tag: models.SearchText | None = None,
        q: models.SearchText | None = None,
    ) -> models.AppList:
        """Lists apps, newest first."""
        answer: models.AppList = await self._call(
            "GET",
            "/v1/apps",
            query={
                "limit": limit,
                "before": before,
                "external_user_id": external_user_id,
                "tag": tag,
                "q": q,
            },
        )
        return answer

    async def create_app(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateApp]
    ) -> models.App:
        """Creates an app."""
        answer: models.App = await self._call("POST", "/v1/apps", body=body, key=idempotency_key)
        return answer

    async def get_app(self, app_id: models.AppId, /) -> models.App:
        """Gets an app."""
        answer: models.App = await self._call("GET", "/v1/apps/{}", app_id)
        return answer

    async def delete_app(
        self,
        app_id: models.AppId,
        /,
        *,
        snapshots: Literal["keep", "delete"] | None = None,
        force: bool | None = None,
    ) -> models.Operation:
        """Deletes an app."""
        answer: models.Operation = await self._call(
            "DELETE", "/v1/apps/{}", app_id, query={"snapshots": snapshots, "force": force}
        )
        return answer

    async def update_app(
        self, app_id: models.AppId, /, **body: Unpack[models.UpdateApp]
    ) -> models.App:
        """Changes an app."""
        answer: models.App = await self._call("PATCH", "/v1/apps/{}", app_id, body=body)
        return answer

    async def adopt_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.AdoptApp],
    ) -> models.Operation:
        """Adopts the workspace of a fork."""
        answer: models.Operation = await self._call(
            "POST", "/v1/apps/{}/adopt", app_id, body=body, key=idempotency_key
        )
        return answer

    async def list_config(self, app_id: models.AppId, /) -> models.ConfigList:
        """Lists an app's config, by key."""
        answer: models.ConfigList = await self._call("GET", "/v1/apps/{}/config", app_id)
        return answer

    async def create_config(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreateConfig],
    ) -> models.ConfigEntry:
        """Adds an entry to an app's config."""
        answer: models.ConfigEntry = await self._call(
            "POST", "/v1/apps/{}/config", app_id, body=body, key=idempotency_key
        )
        return answer

    async def delete_config(self, app_id: models.AppId, key: models.ConfigKey, /) -> None:
        """Removes an entry from an app's config."""
        await self._call("DELETE", "/v1/apps/{}/config/{}", app_id, key, read="nothing")

    async def update_config(
        self, app_id: models.AppId, key: models.ConfigKey, /, **body: Unpack[models.UpdateConfig]
    ) -> models.ConfigEntry:
        """Changes an entry of an app's config."""
        answer: models.ConfigEntry = await self._call(
            "PATCH", "/v1/apps/{}/config/{}", app_id, key, body=body
        )
        return answer

    async def list_app_events(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        task_id: models.TaskId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams an app's timeline."""
        answer: models.EventList = await self._call(
            "GET",
            "/v1/apps/{}/events",
            app_id,
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "task_id": task_id,
                "operation_id": operation_id,
            },
        )
        return answer

    async def explore_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.ExploreApp],
    ) -> models.Operation:
        """Explores several answers to a prompt."""
        answer: models.Operation = await self._call(
            "POST", "/v1/apps/{}/explore", app_id, body=body, key=idempotency_key
        )
        return answer

    async def fork_app(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.ForkApp],
    ) -> models.Operation:
        """Forks an app from a snapshot."""
        answer: models.Operation = await self._call(
            "POST", "/v1/apps/{}/fork", app_id, body=body, key=idempotency_key
        )
        return answer

    async def restore_app(
        self,
        app_id: models.AppId,
        /,
        *,
        force: bool | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[models.RestoreApp],
    ) -> models.Operation:
        """Restores a snapshot into an app."""
        answer: models.Operation = await self._call(
            "POST",
            "/v1/apps/{}/restore",
            app_id,
            query={"force": force},
            body=body,
            key=idempotency_key,
        )
        return answer

    async def create_app_sandbox(
        self,
        app_id: models.AppId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreateAppSandbox],
    ) -> models.Operation:
        """Creates an app's sandbox."""
        answer: models.Operation = await self._call(
            "POST", "/v1/apps/{}/sandbox", app_id, body=body, key=idempotency_key
        )
        return answer

    async def list_app_snapshots(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.SnapshotId | None = None,
        kind: models.SnapshotKind | None = None,
    ) -> models.SnapshotList:
        """Lists an app's snapshots, newest first."""
        answer: models.SnapshotList = await self._call(
            "GET",
            "/v1/apps/{}/snapshots",
            app_id,
            query={"limit": limit, "before": before, "kind": kind},
        )
        return answer

    async def list_app_tasks(
        self,
        app_id: models.AppId,
        /,
        *,
        limit: int | None = None,
        before: models.TaskId | None = None,
        status: models.TaskStatus | None = None,
    ) -> models.TaskList:
        """Lists an app's tasks, newest first."""
        answer: models.TaskList = await self._call(
            "GET",
            "/v1/apps/{}/tasks",
            app_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    async def get_app_task(
        self, app_id: models.AppId, task_id: models.TaskId, /
    ) -> models.TaskResult:
        """Gets a task of an app."""
        answer: models.TaskResult = await self._call("GET", "/v1/apps/{}/tasks/{}", app_id, task_id)
        return answer

    async def list_audit(
        self,
        *,
        limit: int | None = None,
        before: models.AuditId | None = None,
        action: models.SearchText | None = None,
        actor: models.SearchText | None = None,
    ) -> models.AuditList:
        """Lists who did what, newest first."""
        answer: models.AuditList = await self._call(
            "GET",
            "/v1/audit",
            query={"limit": limit, "before": before, "action": action, "actor": actor},
        )
        return answer

    async def list_events(
        self,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        task_id: models.TaskId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams the tenant's timeline."""
        answer: models.EventList = await self._call(
            "GET",
            "/v1/events",
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "task_id": task_id,
                "operation_id": operation_id,
            },
        )
        return answer

    async def list_operations(
        self,
        *,
        limit: int | None = None,
        before: models.OperationId | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        status: models.OperationStatus | None = None,
        kind: models.OperationKind | None = None,
    ) -> models.OperationList:
        """Lists operations, newest first."""
        answer: models.OperationList = await self._call(
            "GET",
            "/v1/operations",
            query={
                "limit": limit,
                "before": before,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "status": status,
                "kind": kind,
            },
        )
        return answer

    async def get_operation(
        self, operation_id: models.OperationId, /, *, wait: str | None = None
    ) -> models.Operation:
        """Gets an operation."""
        answer: models.Operation = await self._call(
            "GET", "/v1/operations/{}", operation_id, query={"wait": wait}
        )
        return answer

    async def cancel_operation(
        self, operation_id: models.OperationId, /, *, idempotency_key: str | None = None
    ) -> models.Operation:
        """Cancels an operation."""
        answer: models.Operation = await self._call(
            "POST", "/v1/operations/{}/cancel", operation_id, key=idempotency_key
        )
        return answer

    async def list_queues(self) -> models.QueueList:
        """Lists queues."""
        answer: models.QueueList = await self._call("GET", "/v1/queues")
        return answer

    async def get_quotas(self) -> models.QuotaList:
        """Shows the tenant's quotas."""
        answer: models.QuotaList = await self._call("GET", "/v1/quotas")
        return answer

    async def list_sandboxes(
        self, *, limit: int | None = None, before: models.SandboxId | None = None
    ) -> models.SandboxList:
        """Lists sandboxes, newest first."""
        answer: models.SandboxList = await self._call(
            "GET", "/v1/sandboxes", query={"limit": limit, "before": before}
        )
        return answer

    async def create_sandbox(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateSandbox]
    ) -> models.Sandbox | models.Operation:
        """Creates a project's sandbox."""
        answer: models.Sandbox | models.Operation = await self._call(
            "POST", "/v1/sandboxes", body=body, key=idempotency_key
        )
        return answer

    async def get_sandbox(self, sandbox_id: models.SandboxId, /) -> models.Sandbox:
        """Gets a sandbox."""
        answer: models.Sandbox = await self._call("GET", "/v1/sandboxes/{}", sandbox_id)
        return answer

    async def delete_sandbox(
        self, sandbox_id: models.SandboxId, /, *, force: bool | None = None
    ) -> models.Operation:
        """Deletes a sandbox."""
        answer: models.Operation = await self._call(
            "DELETE", "/v1/sandboxes/{}", sandbox_id, query={"force": force}
        )
        return answer

    async def update_sandbox(
        self, sandbox_id: models.SandboxId, /, **body: Unpack[models.UpdateSandbox]
    ) -> models.Sandbox:
        """Changes a sandbox."""
        answer: models.Sandbox = await self._call(
            "PATCH", "/v1/sandboxes/{}", sandbox_id, body=body
        )
        return answer

    async def exec_command(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.Exec],
    ) -> models.ExecResult:
        """Runs a program."""
        answer: models.ExecResult = await self._call(
            "POST", "/v1/sandboxes/{}/exec", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    async def export_files(self, sandbox_id: models.SandboxId, /) -> bytes:
        """Downloads all files."""
        answer: bytes = await self._call(
            "GET", "/v1/sandboxes/{}/export", sandbox_id, read="content"
        )
        return answer

    async def list_files(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        path: str | None = None,
        recursive: bool | None = None,
    ) -> models.FileList:
        """Lists files."""
        answer: models.FileList = await self._call(
            "GET",
            "/v1/sandboxes/{}/files",
            sandbox_id,
            query={"path": path, "recursive": recursive},
        )
        return answer

    async def delete_files(
        self, sandbox_id: models.SandboxId, /, *, path: str, recursive: bool | None = None
    ) -> None:
        """Deletes a file."""
        await self._call(
            "DELETE",
            "/v1/sandboxes/{}/files",
            sandbox_id,
            query={"path": path, "recursive": recursive},
            read="nothing",
        )

    async def read_file(self, sandbox_id: models.SandboxId, /, *, path: str) -> bytes:
        """Downloads a file."""
        answer: bytes = await self._call(
            "GET",
            "/v1/sandboxes/{}/files/content",
            sandbox_id,
            query={"path": path},
            read="content",
        )
        return answer

    async def write_file(
        self,
        sandbox_id: models.SandboxId,
        content: bytes | str,
        /,
        *,
        path: str,
        mode: str | None = None,
    ) -> models.WrittenFile:
        """Uploads a file."""
        answer: models.WrittenFile = await self._call(
            "PUT",
            "/v1/sandboxes/{}/files/content",
            sandbox_id,
            query={"path": path, "mode": mode},
            content=content,
        )
        return answer

    async def read_logs(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        follow: bool | None = None,
        bytes: int | None = None,
    ) -> str:
        """Reads the dev server's log."""
        answer: str = await self._call(
            "GET",
            "/v1/sandboxes/{}/logs",
            sandbox_id,
            query={"follow": follow, "bytes": bytes},
            read="text",
        )
        return answer

    async def create_preview_token(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.CreatePreviewToken],
    ) -> models.PreviewLink:
        """Makes a link to a private preview."""
        answer: models.PreviewLink = await self._call(
            "POST", "/v1/sandboxes/{}/preview-token", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    async def list_preview_tokens(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        limit: int | None = None,
        before: models.PreviewTokenId | None = None,
    ) -> models.PreviewTokenList:
        """Lists a sandbox's links to private previews, newest first."""
        answer: models.PreviewTokenList = await self._call(
            "GET",
            "/v1/sandboxes/{}/preview-tokens",
            sandbox_id,
            query={"limit": limit, "before": before},
        )
        return answer

    async def revoke_preview_token(
        self, sandbox_id: models.SandboxId, token_id: models.PreviewTokenId, /
    ) -> None:
        """Revokes a link to a private preview."""
        await self._call(
            "DELETE", "/v1/sandboxes/{}/preview-tokens/{}", sandbox_id, token_id, read="nothing"
        )

    async def start_sandbox(
        self, sandbox_id: models.SandboxId, /, *, idempotency_key: str | None = None
    ) -> models.Operation:
        """Starts a sandbox."""
        answer: models.Operation = await self._call(
            "POST", "/v1/sandboxes/{}/start", sandbox_id, key=idempotency_key
        )
        return answer

    async def stop_sandbox(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        force: bool | None = None,
        idempotency_key: str | None = None,
    ) -> models.Operation:
        """Stops a sandbox."""
        answer: models.Operation = await self._call(
            "POST", "/v1/sandboxes/{}/stop", sandbox_id, query={"force": force}, key=idempotency_key
        )
        return answer

    async def list_tasks(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        limit: int | None = None,
        before: models.TaskId | None = None,
        status: models.TaskStatus | None = None,
    ) -> models.TaskList:
        """Lists a sandbox's tasks, newest first."""
        answer: models.TaskList = await self._call(
            "GET",
            "/v1/sandboxes/{}/tasks",
            sandbox_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    async def run_task(
        self,
        sandbox_id: models.SandboxId,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[models.RunTask],
    ) -> models.Operation:
        """Runs a task."""
        answer: models.Operation = await self._call(
            "POST", "/v1/sandboxes/{}/tasks", sandbox_id, body=body, key=idempotency_key
        )
        return answer

    async def get_task(
        self, sandbox_id: models.SandboxId, task_id: models.TaskId, /
    ) -> models.TaskResult:
        """Gets a task."""
        answer: models.TaskResult = await self._call(
            "GET", "/v1/sandboxes/{}/tasks/{}", sandbox_id, task_id
        )
        return answer

    async def cancel_task(
        self,
        sandbox_id: models.SandboxId,
        task_id: models.TaskId,
        /,
        *,
        idempotency_key: str | None = None,
    ) -> models.Operation:
        """Cancels a task."""
        answer: models.Operation = await self._call(
            "POST", "/v1/sandboxes/{}/tasks/{}/cancel", sandbox_id, task_id, key=idempotency_key
        )
        return answer

    async def follow_task(
        self,
        sandbox_id: models.SandboxId,
        task_id: models.TaskId,
        /,
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> models.TaskOutputList:
        """Follows what a task's agent says."""
        answer: models.TaskOutputList = await self._call(
            "GET",
            "/v1/sandboxes/{}/tasks/{}/events",
            sandbox_id,
            task_id,
            query={"after": after, "limit": limit},
        )
        return answer

    async def list_snapshots(
        self,
        *,
        limit: int | None = None,
        before: models.SnapshotId | None = None,
        kind: models.SnapshotKind | None = None,
    ) -> models.SnapshotList:
        """Lists snapshots, newest first."""
        answer: models.SnapshotList = await self._call(
            "GET", "/v1/snapshots", query={"limit": limit, "before": before, "kind": kind}
        )
        return answer

    async def capture_snapshot(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CaptureSnapshot]
    ) -> models.Operation:
        """Captures a sandbox's workspace."""
        answer: models.Operation = await self._call(
            "POST", "/v1/snapshots", body=body, key=idempotency_key
        )
        return answer

    async def get_snapshot(self, snapshot_id: models.SnapshotId, /) -> models.Snapshot:
        """Gets a snapshot."""
        answer: models.Snapshot = await self._call("GET", "/v1/snapshots/{}", snapshot_id)
        return answer

    async def delete_snapshot(self, snapshot_id: models.SnapshotId, /) -> None:
        """Deletes a snapshot."""
        await self._call("DELETE", "/v1/snapshots/{}", snapshot_id, read="nothing")

    async def rename_snapshot(
        self, snapshot_id: models.SnapshotId, /, **body: Unpack[models.RenameSnapshot]
    ) -> models.Snapshot:
        """Renames a snapshot."""
        answer: models.Snapshot = await self._call(
            "PATCH", "/v1/snapshots/{}", snapshot_id, body=body
        )
        return answer

    async def diff_snapshots(
        self,
        snapshot_id: models.SnapshotId,
        /,
        *,
        against: models.SnapshotId,
        all: bool | None = None,
    ) -> models.SnapshotDiff:
        """Compares two snapshots."""
        answer: models.SnapshotDiff = await self._call(
            "GET", "/v1/snapshots/{}/diff", snapshot_id, query={"against": against, "all": all}
        )
        return answer

    async def read_snapshot_file(self, snapshot_id: models.SnapshotId, /, *, path: str) -> bytes:
        """Downloads a file of a snapshot."""
        answer: bytes = await self._call(
            "GET",
            "/v1/snapshots/{}/files/content",
            snapshot_id,
            query={"path": path},
            read="content",
        )
        return answer

    async def list_task_events(
        self,
        task_id: models.TaskId,
        /,
        *,
        limit: int | None = None,
        before: models.EventId | None = None,
        after: models.EventId | None = None,
        type: str | None = None,
        severity: models.Severity | None = None,
        app_id: models.AppId | None = None,
        sandbox_id: models.SandboxId | None = None,
        snapshot_id: models.SnapshotId | None = None,
        operation_id: models.OperationId | None = None,
    ) -> models.EventList:
        """Lists or streams a task's timeline."""
        answer: models.EventList = await self._call(
            "GET",
            "/v1/tasks/{}/events",
            task_id,
            query={
                "limit": limit,
                "before": before,
                "after": after,
                "type": type,
                "severity": severity,
                "app_id": app_id,
                "sandbox_id": sandbox_id,
                "snapshot_id": snapshot_id,
                "operation_id": operation_id,
            },
        )
        return answer

    async def list_webhooks(
        self, *, limit: int | None = None, before: models.WebhookId | None = None
    ) -> models.WebhookList:
        """Lists webhooks, newest first."""
        answer: models.WebhookList = await self._call(
            "GET", "/v1/webhooks", query={"limit": limit, "before": before}
        )
        return answer

    async def create_webhook(
        self, *, idempotency_key: str | None = None, **body: Unpack[models.CreateWebhook]
    ) -> models.WebhookWithSecret:
        """Makes a webhook."""
        answer: models.WebhookWithSecret = await self._call(
            "POST", "/v1/webhooks", body=body, key=idempotency_key
        )
        return answer

    async def get_webhook(self, webhook_id: models.WebhookId, /) -> models.Webhook:
        """Gives a webhook, without its secret."""
        answer: models.Webhook = await self._call("GET", "/v1/webhooks/{}", webhook_id)
        return answer

    async def delete_webhook(self, webhook_id: models.WebhookId, /) -> None:
        """Deletes a webhook."""
        await self._call("DELETE", "/v1/webhooks/{}", webhook_id, read="nothing")

    async def update_webhook(
        self, webhook_id: models.WebhookId, /, **body: Unpack[models.UpdateWebhook]
    ) -> models.Webhook:
        """Changes a webhook."""
        answer: models.Webhook = await self._call("PATCH", "/v1/webhooks/{}", webhook_id, body=body)
        return answer

    async def list_webhook_deliveries(
        self,
        webhook_id: models.WebhookId,
        /,
        *,
        limit: int | None = None,
        before: models.DeliveryId | None = None,
        status: models.DeliveryStatus | None = None,
    ) -> models.DeliveryList:
        """Lists what a webhook was and is to be sent, newest first."""
        answer: models.DeliveryList = await self._call(
            "GET",
            "/v1/webhooks/{}/deliveries",
            webhook_id,
            query={"limit": limit, "before": before, "status": status},
        )
        return answer

    async def get_webhook_delivery(
        self, webhook_id: models.WebhookId, delivery_id: models.DeliveryId, /
    ) -> models.Delivery:
        """Gives a delivery."""
        answer: models.Delivery = await self._call(
            "GET", "/v1/webhooks/{}/deliveries/{}", webhook_id, delivery_id
        )
        return answer

    async def redeliver_webhook(
        self,
        webhook_id: models.WebhookId,
        delivery_id: models.DeliveryId,
        /,
        *,
        idempotency_key: str | None = None,
    ) -> models.Delivery:
        """Sends a message once more."""
        answer: models.Delivery = await self._call(
            "POST",
            "/v1/webhooks/{}/deliveries/{}/redeliver",
            webhook_id,
            delivery_id,
            key=idempotency_key,
        )
        return answer

    async def rotate_webhook_secret(
        self, webhook_id: models.WebhookId, /, *, idempotency_key: str | None = None
    ) -> models.WebhookWithSecret:
        """Gives a webhook a new secret."""
        answer: models.WebhookWithSecret = await self._call(
            "POST", "/v1/webhooks/{}/rotate-secret", webhook_id, key=idempotency_key
        )
        return answer

    async def test_webhook(
        self, webhook_id: models.WebhookId, /, *, idempotency_key: str | None = None
    ) -> models.Delivery:
        """Sends a webhook a message of type `webhook.test`."""
        answer: models.Delivery = await self._call(
            "POST", "/v1/webhooks/{}/test", webhook_id, key=idempotency_key
        )
        return answer

    async def list_workers(self) -> models.WorkerList:
        """Lists workers."""
        answer: models.WorkerList = await self._call("GET", "/v1/workers")
        return answer
