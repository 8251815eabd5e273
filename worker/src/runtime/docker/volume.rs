//! Volumes of the engine's local driver.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptionsBuilder, RemoveVolumeOptions};

use super::client::DockerRuntime;
use super::labels;
use crate::runtime::{Result, RuntimeError, VolumeInfo, VolumeName, check};

const DRIVER: &str = "local";
impl DockerRuntime {
    pub(super) async fn make_volume(
        &self,
        name: &VolumeName,
        options: &BTreeMap<String, String>,
        sandbox_id: &str,
    ) -> Result<()> {
        check::token("sandbox id", sandbox_id)?;
        check::volume_options(options)?;
        let operation = format!("create volume {name}");
        let request = VolumeCreateRequest {
            name: Some(name.as_str().to_owned()),
            driver: Some(DRIVER.to_owned()),
            driver_opts: Some(options.clone().into_iter().collect()),
            labels: Some(labels::of_volume(sandbox_id, &self.config.node)),
            cluster_volume_spec: None,
        };
        let call = self.client()?.create_volume(request);
        let volume = self.call(&operation, self.config.call_limits.volume, call).await?;
        // A name that exists is answered with success and its old options.
        match difference(&volume, options, sandbox_id, &self.config.node) {
            None => Ok(()),
            Some(difference) => {
                Err(RuntimeError::VolumeMismatch { volume: name.clone(), difference })
            }
        }
    }

    /// The engine makes a missing volume on the spot, empty and without options, when a
    /// container names it.
    pub(super) async fn expect_volume(&self, operation: &str, name: &VolumeName) -> Result<()> {
        match self.find_volume(operation, name).await? {
            Some(_) => Ok(()),
            None => Err(RuntimeError::not_found(operation, format!("no volume {name}"))),
        }
    }

    async fn find_volume(&self, operation: &str, name: &VolumeName) -> Result<Option<Volume>> {
        let call = self.client()?.inspect_volume(name.as_str());
        let volume = match self.call(operation, self.config.call_limits.look_up, call).await {
            Ok(volume) => volume,
            Err(RuntimeError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if labels::are_ours(&volume.labels, &self.config.node) {
            Ok(Some(volume))
        } else {
            Err(RuntimeError::conflict(
                operation,
                format!("volume {name} is not of this installation"),
            ))
        }
    }

    pub(super) async fn drop_volume(&self, name: &VolumeName) -> Result<()> {
        let operation = format!("remove volume {name}");
        if self.find_volume(&operation, name).await?.is_none() {
            return Ok(());
        }
        let call = self.client()?.remove_volume(name.as_str(), None::<RemoveVolumeOptions>);
        match self.call(&operation, self.config.call_limits.volume, call).await {
            Err(RuntimeError::NotFound { .. }) => Ok(()),
            Err(RuntimeError::Conflict { .. }) => {
                Err(RuntimeError::VolumeInUse { volume: name.clone() })
            }
            outcome => outcome,
        }
    }

    pub(super) async fn volumes(&self) -> Result<Vec<VolumeInfo>> {
        let filter = labels::filter(&self.config.node);
        let options = ListVolumesOptionsBuilder::new().filters(&filter).build();
        let call = self.client()?.list_volumes(Some(options));
        let answer = self.call("list volumes", self.config.call_limits.look_up, call).await?;
        let mut volumes: Vec<VolumeInfo> = answer
            .volumes
            .unwrap_or_default()
            .into_iter()
            .filter_map(|volume| {
                let sandbox_id = volume.labels.get(labels::SANDBOX)?.clone();
                Some(VolumeInfo { name: VolumeName::new(volume.name).ok()?, sandbox_id })
            })
            .collect();
        volumes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(volumes)
    }
}

/// In what an existing volume differs from the one that was asked for.
fn difference(
    volume: &Volume,
    options: &BTreeMap<String, String>,
    sandbox_id: &str,
    node: &str,
) -> Option<String> {
    let wanted: HashMap<String, String> =
        options.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if volume.driver != DRIVER {
        return Some("driver".to_owned());
    }
    if !labels::are_ours(&volume.labels, node)
        || volume.labels.get(labels::SANDBOX).is_none_or(|owner| owner != sandbox_id)
    {
        return Some("owner".to_owned());
    }
    let mut keys: Vec<&String> = wanted.keys().chain(volume.options.keys()).collect();
    keys.sort();
    keys.into_iter()
        .find(|key| wanted.get(*key) != volume.options.get(*key))
        .map(|key| format!("option {key}"))
}
