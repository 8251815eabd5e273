//! Making a sandbox's container exactly once.

use std::time::Duration;

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum};
use bollard::query_parameters::CreateContainerOptionsBuilder;

use super::client::{DockerRuntime, within};
use super::labels::{self, Labels};
use super::{body, state};
use crate::runtime::{Result, RuntimeError, SandboxContainer, WorkspaceMount};

/// A name is taken before its container can be looked at, and for as long as a removal takes.
const NAME_POLL: Duration = Duration::from_millis(25);

impl DockerRuntime {
    /// Looks, makes, and looks again while somebody else holds the name.
    pub(super) async fn create_once(&self, spec: &SandboxContainer) -> Result<()> {
        spec.validate()?;
        let operation = format!("create {}", spec.name);
        within(&operation, self.config.call_limits.create, async {
            loop {
                if let Some(found) = self.inspect_raw(&spec.name).await? {
                    return judge(spec, &found, &self.config.node);
                }
                match self.try_create(&operation, spec).await {
                    Err(RuntimeError::Conflict { message, .. })
                        if message.contains("already in use") =>
                    {
                        tokio::time::sleep(NAME_POLL).await;
                    }
                    outcome => return outcome,
                }
            }
        })
        .await
    }

    async fn try_create(&self, operation: &str, spec: &SandboxContainer) -> Result<()> {
        if let WorkspaceMount::Volume { name } = &spec.workspace {
            self.expect_volume(operation, name).await?;
        }
        let options = CreateContainerOptionsBuilder::new().name(spec.name.as_str()).build();
        let request = body::sandbox(spec, &self.config);
        let call = self.client()?.create_container(Some(options), request);
        self.call(operation, self.config.call_limits.create, call)
            .await
            .map(drop)
            .map_err(|error| name_image(error, &spec.image))
    }
}

/// Creating answers 404 for a missing image, with nothing but words to tell it by.
pub(super) fn name_image(error: RuntimeError, image: &str) -> RuntimeError {
    match error {
        RuntimeError::NotFound { message, .. }
            if message.to_ascii_lowercase().contains("no such image") =>
        {
            RuntimeError::NoImage { image: image.to_owned() }
        }
        error => error,
    }
}

/// Whether the container under our name is the one `spec` describes.
fn judge(spec: &SandboxContainer, found: &ContainerInspectResponse, node: &str) -> Result<()> {
    let none = Labels::new();
    let labels = found.config.as_ref().and_then(|config| config.labels.as_ref()).unwrap_or(&none);
    if !labels::are_ours(labels, node) {
        return Err(RuntimeError::conflict(
            format!("create {}", spec.name),
            "a container of this name is not of this installation",
        ));
    }
    let fingerprint = spec.fingerprint();
    let status = found.state.as_ref().and_then(|state| state.status);
    let goes =
        matches!(status, Some(ContainerStateStatusEnum::REMOVING | ContainerStateStatusEnum::DEAD));
    if labels.get(labels::SPEC) == Some(&fingerprint) && !goes {
        return Ok(());
    }
    let mut found = state::identity(spec.name.as_str(), labels, node).map_or_else(
        || "one with unreadable labels".to_owned(),
        |found| describe(&found.sandbox_id, found.generation, labels.get(labels::SPEC)),
    );
    if goes {
        found.push_str(", half removed");
    }
    Err(RuntimeError::Stale {
        name: spec.name.to_string(),
        found,
        wanted: describe(&spec.sandbox_id, spec.generation, Some(&fingerprint)),
    })
}

fn describe(sandbox_id: &str, generation: u32, fingerprint: Option<&String>) -> String {
    let spec = fingerprint.map_or("none", String::as_str);
    format!("sandbox {sandbox_id} generation {generation} spec {spec}")
}

#[cfg(test)]
mod tests {
    use bollard::models::{ContainerConfig, ContainerState};

    use super::*;
    use crate::runtime::{Attachment, ContainerName, Limits};

    fn spec() -> SandboxContainer {
        SandboxContainer {
            name: ContainerName::new("s-01hzy3v7k8m9n0p1q2r3s4t5v6").unwrap(),
            sandbox_id: "sandbox-1".to_owned(),
            generation: 1,
            operation_id: "op-1".to_owned(),
            image: "base:1".to_owned(),
            workspace: WorkspaceMount::Bind { source: "/data/w".into() },
            run_dir: "/data/run".into(),
            env: Vec::new(),
            limits: Limits { memory_bytes: 64 << 20, cpus: 1.0, pids: 64, nofile: None },
            oci_runtime: None,
            attachment: Attachment::default(),
        }
    }

    fn found(labels: Labels, status: ContainerStateStatusEnum) -> ContainerInspectResponse {
        ContainerInspectResponse {
            config: Some(ContainerConfig { labels: Some(labels), ..Default::default() }),
            state: Some(ContainerState { status: Some(status), ..Default::default() }),
            ..Default::default()
        }
    }

    #[test]
    fn one_that_is_being_removed_does_not_count_as_made() {
        let ours = labels::of_container(&spec(), "node");
        for status in [ContainerStateStatusEnum::REMOVING, ContainerStateStatusEnum::DEAD] {
            let refused = judge(&spec(), &found(ours.clone(), status), "node").unwrap_err();
            assert!(matches!(refused, RuntimeError::Stale { .. }), "{refused:?}");
            assert!(refused.to_string().contains("half removed"), "{refused}");
        }
        judge(&spec(), &found(ours, ContainerStateStatusEnum::CREATED), "node").unwrap();
    }

    #[test]
    fn one_without_our_labels_is_a_conflict() {
        let ours = labels::of_container(&spec(), "node");
        for (labels, node) in [(Labels::new(), "node"), (ours, "another")] {
            let found = found(labels, ContainerStateStatusEnum::RUNNING);
            let refused = judge(&spec(), &found, node);
            assert!(matches!(refused, Err(RuntimeError::Conflict { .. })), "{refused:?}");
        }
    }
}
