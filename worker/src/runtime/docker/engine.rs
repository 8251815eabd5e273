//! Questions about the engine itself and its images.

use super::client::DockerRuntime;
use crate::runtime::{EngineInfo, Result, RuntimeError, check};

/// The engine looks at `net.bridge.bridge-nf-call-iptables` in its own network namespace, which a
/// worker may not share, and says so among its warnings. (bollard drops the field that held it.)
const UNFILTERED: &str = "bridge-nf-call-iptables is disabled";

impl DockerRuntime {
    pub(super) async fn engine_info(&self) -> Result<EngineInfo> {
        let operation = "ask the engine who it is";
        let client = self.client()?;
        let limit = self.config.call_limits.look_up;
        let (version, info) = tokio::try_join!(
            self.call(operation, limit, client.version()),
            self.call(operation, limit, client.info()),
        )?;
        let warnings = info.warnings.unwrap_or_default();
        let options = info.security_options.unwrap_or_default();
        let has = |name: &str| options.iter().any(|option| option.starts_with(name));
        let mut oci_runtimes: Vec<String> = info.runtimes.unwrap_or_default().into_keys().collect();
        oci_runtimes.sort();
        let enforced =
            [("memory", info.memory_limit), ("CPU", info.cpu_cfs_quota), ("pids", info.pids_limit)];
        let shown = |text: Option<String>| text.unwrap_or_else(|| "unknown".to_owned());
        let cgroup_version = shown(info.cgroup_version.map(|version| version.to_string()));
        let cgroup_driver = shown(info.cgroup_driver.map(|driver| driver.to_string()));
        Ok(EngineInfo {
            version: version.version.unwrap_or_default(),
            api_version: version.api_version.unwrap_or_default(),
            cpus: info.ncpu.and_then(|cpus| u64::try_from(cpus).ok()).unwrap_or_default(),
            memory_bytes: info.mem_total.and_then(|m| u64::try_from(m).ok()).unwrap_or_default(),
            oci_runtimes,
            seccomp: has("name=seccomp") && !has("name=seccomp,profile=unconfined"),
            rootless: has("name=rootless"),
            userns_remap: has("name=userns"),
            bridge_filtered: !warnings.iter().any(|warning| warning.contains(UNFILTERED)),
            storage_driver: shown(info.driver),
            cgroup: format!("{cgroup_version} ({cgroup_driver})"),
            unenforced: enforced
                .into_iter()
                .filter(|(_, has)| *has == Some(false))
                .map(|(limit, _)| limit)
                .collect(),
        })
    }

    pub(super) async fn find_image(&self, image: &str) -> Result<Option<String>> {
        check::image(image)?;
        let operation = format!("look up image {image}");
        let call = self.client()?.inspect_image(image);
        match self.call(&operation, self.config.call_limits.look_up, call).await {
            Ok(found) => Ok(found.id),
            Err(RuntimeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A label of an image; none if there is no such image, or it has none of this name.
    ///
    /// # Errors
    /// Of the engine.
    pub async fn image_label(&self, image: &str, label: &str) -> Result<Option<String>> {
        check::image(image)?;
        let operation = format!("look up image {image}");
        let call = self.client()?.inspect_image(image);
        match self.call(&operation, self.config.call_limits.look_up, call).await {
            Ok(found) => Ok(found
                .config
                .and_then(|config| config.labels)
                .and_then(|mut labels| labels.remove(label))),
            Err(RuntimeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
