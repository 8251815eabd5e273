//! Making a sandbox's container exactly once.

use std::time::Duration;

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
                    let labels = found.config.and_then(|config| config.labels);
                    return judge(spec, &labels.unwrap_or_default(), &self.config.node);
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
fn judge(spec: &SandboxContainer, labels: &Labels, node: &str) -> Result<()> {
    if !labels::are_ours(labels, node) {
        return Err(RuntimeError::conflict(
            format!("create {}", spec.name),
            "a container of this name is not of this installation",
        ));
    }
    let fingerprint = spec.fingerprint();
    if labels.get(labels::SPEC) == Some(&fingerprint) {
        return Ok(());
    }
    let found = state::identity(spec.name.as_str(), labels, node).map_or_else(
        || "one with unreadable labels".to_owned(),
        |found| describe(&found.sandbox_id, found.generation, labels.get(labels::SPEC)),
    );
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
