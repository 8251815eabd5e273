//! What a sandbox's container is made from.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use super::{ContainerName, Limits, Result, VolumeName, check};

/// Bumped when the container that a spec becomes changes (mounts, hardening), so that a stopped
/// container of an older release counts as stale and is made anew.
const LAYOUT: u32 = 2;

/// Everything a sandbox's container is a function of.
#[derive(Clone, PartialEq)]
pub struct SandboxContainer {
    /// What the engine calls it.
    pub name: ContainerName,
    /// The sandbox it belongs to.
    pub sandbox_id: String,
    /// The workspace generation it stands on.
    pub generation: u32,
    /// The operation that makes it; recorded, and no part of [`Self::fingerprint`].
    pub operation_id: String,
    /// An image that the engine has.
    pub image: String,
    /// What is mounted at `/home/sandbox`.
    pub workspace: WorkspaceMount,
    /// A directory of the host, mounted at `/run/sandboxd`. It must exist.
    pub run_dir: PathBuf,
    /// Environment of PID 1. The engine shows it to whoever may inspect: no secrets.
    pub env: Vec<(String, String)>,
    /// What it may use.
    pub limits: Limits,
    /// An OCI runtime the engine has configured (`runsc`), or its default one.
    pub oci_runtime: Option<String>,
    /// How it is attached to the sandboxes' network.
    pub attachment: Attachment,
}

/// How a container is attached to the sandboxes' network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its address, if the engine isn't to choose one.
    pub address: Option<Ipv4Addr>,
    /// The name servers that the engine's resolver asks from within the container's own network;
    /// the engine's choice if there are none.
    pub resolvers: Vec<Ipv4Addr>,
    /// A file of the host, mounted read-only at `/etc/hosts`; the engine's own if none. It must
    /// exist.
    pub hosts: Option<PathBuf>,
}

/// Where a workspace comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkspaceMount {
    /// A volume that exists.
    Volume {
        /// Its name.
        name: VolumeName,
    },
    /// A directory of the host that exists.
    Bind {
        /// Its absolute path, as the engine sees it.
        source: PathBuf,
    },
}

impl SandboxContainer {
    /// Checks what a type can't.
    ///
    /// # Errors
    /// [`RuntimeError::Invalid`] that names the field.
    pub fn validate(&self) -> Result<()> {
        check::token("sandbox id", &self.sandbox_id)?;
        check::token("operation id", &self.operation_id)?;
        check::image(&self.image)?;
        if let Some(runtime) = &self.oci_runtime {
            check::token("OCI runtime", runtime)?;
        }
        check::host_path("run directory", &self.run_dir)?;
        self.workspace.validate()?;
        if let Some(hosts) = &self.attachment.hosts {
            check::host_path("hosts file", hosts)?;
        }
        check::env(&self.env)?;
        self.limits.validate()
    }

    /// A hash over all that the container is a function of. Two specs with the same one make the
    /// same container.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        field(&LAYOUT.to_le_bytes());
        field(self.name.as_str().as_bytes());
        field(self.sandbox_id.as_bytes());
        field(&self.generation.to_le_bytes());
        field(self.image.as_bytes());
        match &self.workspace {
            WorkspaceMount::Volume { name } => {
                field(b"volume");
                field(name.as_str().as_bytes());
            }
            WorkspaceMount::Bind { source } => {
                field(b"bind");
                field(source.as_os_str().as_encoded_bytes());
            }
        }
        field(self.run_dir.as_os_str().as_encoded_bytes());
        field(&(self.env.len() as u64).to_le_bytes());
        for (key, value) in &self.env {
            field(key.as_bytes());
            field(value.as_bytes());
        }
        field(&self.limits.memory_bytes.to_le_bytes());
        field(&self.limits.nano_cpus().to_le_bytes());
        field(&self.limits.pids.to_le_bytes());
        field(&self.limits.nofile.unwrap_or(0).to_le_bytes());
        field(self.oci_runtime.as_deref().unwrap_or_default().as_bytes());
        self.attachment.hash_into(&mut field);
        hash.finalize().to_hex()[..32].to_owned()
    }
}

impl Attachment {
    fn hash_into(&self, field: &mut impl FnMut(&[u8])) {
        field(&self.address.map_or([0; 4], |address| address.octets()));
        field(&(self.resolvers.len() as u64).to_le_bytes());
        for resolver in &self.resolvers {
            field(&resolver.octets());
        }
        let hosts = self.hosts.as_ref().map(|path| path.as_os_str().as_encoded_bytes());
        field(hosts.unwrap_or_default());
    }
}

impl WorkspaceMount {
    pub(super) fn validate(&self) -> Result<()> {
        match self {
            Self::Volume { .. } => Ok(()),
            Self::Bind { source } => check::host_path("workspace directory", source),
        }
    }
}

/// Leaves out the values of the environment: they must not reach a log.
impl fmt::Debug for SandboxContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.env.iter().map(|(key, _)| key.as_str()).collect();
        f.debug_struct("SandboxContainer")
            .field("name", &self.name)
            .field("sandbox_id", &self.sandbox_id)
            .field("generation", &self.generation)
            .field("operation_id", &self.operation_id)
            .field("image", &self.image)
            .field("workspace", &self.workspace)
            .field("run_dir", &self.run_dir)
            .field("env_keys", &keys)
            .field("limits", &self.limits)
            .field("oci_runtime", &self.oci_runtime)
            .field("attachment", &self.attachment)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> SandboxContainer {
        SandboxContainer {
            name: ContainerName::new("s-01hzy3v7k8m9n0p1q2r3s4t5v6").unwrap(),
            sandbox_id: "01HZY3V7K8M9N0P1Q2R3S4T5V6".to_owned(),
            generation: 3,
            operation_id: "01HZY3V7K8M9N0P1Q2R3S4T5V7".to_owned(),
            image: "base:1".to_owned(),
            workspace: WorkspaceMount::Bind { source: "/data/w".into() },
            run_dir: "/data/run".into(),
            env: vec![("A".to_owned(), "secret-value".to_owned())],
            limits: Limits { memory_bytes: 64 << 20, cpus: 1.0, pids: 64, nofile: None },
            oci_runtime: None,
            attachment: Attachment::default(),
        }
    }

    fn attached(attachment: Attachment) -> SandboxContainer {
        SandboxContainer { attachment, ..spec() }
    }

    #[test]
    fn every_field_but_the_operation_is_in_the_fingerprint() {
        let base = spec();
        let same = SandboxContainer { operation_id: "other".to_owned(), ..spec() };
        assert_eq!(base.fingerprint(), same.fingerprint());
        let name = ContainerName::new("s-01hzy3v7k8m9n0p1q2r3s4t5v7").unwrap();
        let volume = WorkspaceMount::Volume { name: VolumeName::new("v").unwrap() };
        let split = [("A".to_owned(), "secret".to_owned()), ("-".to_owned(), "value".to_owned())];
        let others = [
            SandboxContainer { name, ..spec() },
            SandboxContainer { sandbox_id: "x".to_owned(), ..spec() },
            SandboxContainer { generation: 4, ..spec() },
            SandboxContainer { image: "base:2".to_owned(), ..spec() },
            SandboxContainer { workspace: volume, ..spec() },
            SandboxContainer { run_dir: "/data/run2".into(), ..spec() },
            SandboxContainer { env: split.to_vec(), ..spec() },
            SandboxContainer {
                limits: Limits { memory_bytes: 65 << 20, ..spec().limits },
                ..spec()
            },
            SandboxContainer { limits: Limits { cpus: 0.5, ..spec().limits }, ..spec() },
            SandboxContainer { limits: Limits { pids: 65, ..spec().limits }, ..spec() },
            SandboxContainer { limits: Limits { nofile: Some(99), ..spec().limits }, ..spec() },
            SandboxContainer { oci_runtime: Some("runsc".to_owned()), ..spec() },
            attached(Attachment { address: Some(Ipv4Addr::LOCALHOST), ..Attachment::default() }),
            attached(Attachment { resolvers: vec![Ipv4Addr::LOCALHOST], ..Attachment::default() }),
            attached(Attachment { hosts: Some("/data/h".into()), ..Attachment::default() }),
        ];
        for other in others {
            assert_ne!(base.fingerprint(), other.fingerprint(), "{other:?}");
        }
    }

    #[test]
    fn debug_shows_no_value_of_the_environment() {
        let shown = format!("{:?}", spec());
        assert!(shown.contains("env_keys: [\"A\"]") && !shown.contains("secret-value"), "{shown}");
    }
}
