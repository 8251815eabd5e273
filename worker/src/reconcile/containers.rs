//! Containers against rows: what died by itself, what moved, what nobody knows, what stayed.

use std::collections::BTreeMap;

use sandboxd_shared::domain::{EventType, NewEvent, Sandbox, SandboxStatus};
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::sandboxes::{self, Endpoint};
use sandboxd_shared::store::{StoreError, events};
use serde_json::json;

use super::Reconciler;
use super::volumes::is_down;
use crate::runner::JobError;
use crate::runtime::{ContainerState, Phase};

impl Reconciler {
    /// Compares all containers with all rows of the node. Says whether to look again soon: a
    /// sandbox has ended while an operation has it.
    pub(super) async fn reconcile_containers(&self) -> Result<bool, JobError> {
        let listed = self.containers.runtime.list_containers().await?;
        // Read after the engine: a sandbox that came in between has a row.
        let rows = self.sandboxes().await?;
        let mut containers: BTreeMap<SandboxId, ContainerState> = BTreeMap::new();
        for container in listed {
            match container.sandbox_id.parse::<SandboxId>() {
                Ok(id) if rows.contains_key(&id) => {
                    containers.insert(id, container);
                }
                Ok(id) => self.remove_orphan(id).await?,
                Err(_) => self.containers.runtime.remove_container(&container.name).await?,
            }
        }
        let mut unsettled = false;
        for (id, row) in &rows {
            let container = containers.get(id);
            if row.active_operation_id.is_none() {
                self.compare(row, container).await?;
            } else if !container.is_some_and(|container| container.phase.is_live()) {
                self.take_off(row).await?;
                unsettled |= row.status == SandboxStatus::Running;
            }
        }
        Ok(unsettled)
    }

    /// Takes the address of a container that has ended away, though an operation has the sandbox:
    /// the engine gives it to the next container, which may be somebody else's.
    async fn take_off(&self, row: &Sandbox) -> Result<(), JobError> {
        let Some(recorded) = &row.container_id else { return Ok(()) };
        let found = self.containers.find(row.id).await?;
        if found.is_some_and(|found| found.id == *recorded && found.phase.is_live()) {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        if sandboxes::clear_endpoint_of(&mut tx, row.id, recorded).await? {
            tx.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn sandboxes(&self) -> Result<BTreeMap<SandboxId, Sandbox>, StoreError> {
        let mut conn = self.store.read().await?;
        let rows = sandboxes::on_node(&mut conn, &self.node).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// The row as it is now, under the sandbox's lock, if no operation has it.
    pub(super) async fn idle_row(&self, id: SandboxId) -> Result<Option<Sandbox>, StoreError> {
        let mut conn = self.store.read().await?;
        let row = sandboxes::get(&mut conn, id).await?;
        Ok(row.filter(|row| row.active_operation_id.is_none()))
    }

    /// Takes down the container of a sandbox that has no row.
    async fn remove_orphan(&self, id: SandboxId) -> Result<(), JobError> {
        let Ok(_held) = self.locks.try_take(&id.to_string()) else { return Ok(()) };
        let mut conn = self.store.read().await?;
        if sandboxes::get(&mut conn, id).await?.is_some() {
            return Ok(());
        }
        drop(conn);
        tracing::warn!(sandbox.id = %id, "removing a container that no sandbox has");
        self.containers.take_down(id).await
    }

    async fn compare(
        &self,
        row: &Sandbox,
        container: Option<&ContainerState>,
    ) -> Result<(), JobError> {
        let phase = container.map(|container| container.phase);
        match (row.status, phase) {
            (SandboxStatus::Running, Some(Phase::Running)) if is_of(container, row) => {
                self.correct(row, container).await
            }
            (SandboxStatus::Running, Some(Phase::Running)) => {
                self.take_down_stale(row.id).await?;
                self.ended(row).await
            }
            (SandboxStatus::Running, Some(Phase::Paused)) => self.thaw(row.id).await,
            (SandboxStatus::Running, _) => self.ended(row).await,
            (SandboxStatus::Stopped | SandboxStatus::Error, Some(_)) => {
                self.take_down_unwanted(row.id).await
            }
            _ => Ok(()),
        }
    }

    async fn correct(
        &self,
        row: &Sandbox,
        container: Option<&ContainerState>,
    ) -> Result<(), JobError> {
        let Some(container) = container else { return Ok(()) };
        let Some(address) = container.address else { return Ok(()) };
        if row.address == Some(address) && row.container_id.as_ref() == Some(&container.id) {
            return Ok(());
        }
        let endpoint = Endpoint { address, container_id: container.id.clone() };
        let mut tx = self.store.write().await?;
        let now = self.store.clock().now();
        if sandboxes::set_endpoint(&mut tx, row.id, &endpoint, now).await? {
            let event = NewEvent::about(row, EventType::SandboxRecovered);
            events::append(&mut tx, &event, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// A live capture that died left it frozen.
    async fn thaw(&self, id: SandboxId) -> Result<(), JobError> {
        let Ok(_held) = self.locks.try_take(&id.to_string()) else { return Ok(()) };
        if self.idle_row(id).await?.is_none() {
            return Ok(());
        }
        tracing::warn!(sandbox.id = %id, "thawing a container that was left frozen");
        self.containers.thaw(id).await
    }

    /// Its container ended or is gone, and no operation did it.
    async fn ended(&self, row: &Sandbox) -> Result<(), JobError> {
        let Ok(_held) = self.locks.try_take(&row.id.to_string()) else { return Ok(()) };
        let Some(row) = self.idle_row(row.id).await? else { return Ok(()) };
        let found = self.containers.find(row.id).await?;
        let (exit_code, oom) = match found.as_ref().map(|container| container.phase) {
            Some(phase) if phase.is_live() => return Ok(()),
            Some(Phase::Exited { code, oom }) => (Some(code), oom),
            _ => (None, false),
        };
        let reason = if oom { "oom" } else { "crashed" };
        let now = self.store.clock().now();
        let mut tx = self.store.write().await?;
        let container = row.container_id.as_deref();
        if sandboxes::mark_ended(&mut tx, row.id, container, reason, now).await? {
            let crashed = NewEvent::about(&row, EventType::SandboxCrashed)
                .payload(json!({ "exit_code": exit_code, "oom": oom }));
            events::append(&mut tx, &crashed, now).await?;
            let stopped = NewEvent::about(&row, EventType::SandboxStopped)
                .payload(json!({ "reason": reason }));
            events::append(&mut tx, &stopped, now).await?;
            tx.commit().await?;
            tracing::warn!(sandbox.id = %row.id, exit_code, oom, "a sandbox ended by itself");
        }
        Ok(())
    }

    /// It runs over a workspace that is not the sandbox's any more.
    async fn take_down_stale(&self, id: SandboxId) -> Result<(), JobError> {
        let Ok(_held) = self.locks.try_take(&id.to_string()) else { return Ok(()) };
        let Some(row) = self.idle_row(id).await? else { return Ok(()) };
        let found = self.containers.find(id).await?;
        if found.is_none() || is_of(found.as_ref(), &row) {
            return Ok(());
        }
        tracing::warn!(sandbox.id = %id, "stopping a container over a workspace of before");
        self.containers.take_down(id).await
    }

    /// It is there although its row says that nothing runs: it ended by itself, or whoever stopped the
    /// sandbox could not reach the engine.
    async fn take_down_unwanted(&self, id: SandboxId) -> Result<(), JobError> {
        let Ok(_held) = self.locks.try_take(&id.to_string()) else { return Ok(()) };
        if !self.idle_row(id).await?.as_ref().is_some_and(is_down) {
            return Ok(());
        }
        tracing::warn!(sandbox.id = %id, "removing a container whose sandbox is stopped");
        self.containers.take_down(id).await
    }
}

/// Whether a container is over the sandbox's present workspace.
fn is_of(container: Option<&ContainerState>, row: &Sandbox) -> bool {
    container.is_some_and(|container| i64::from(container.generation) == row.generation)
}
