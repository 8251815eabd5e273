//! The files of workspaces: written the way a sandbox's land in the upper, read through the kernel.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode};
use rustix::mount::{MountFlags, UnmountFlags};
use sandboxd_shared::domain::GenerationRow;
use sandboxd_shared::ids::{SandboxId, SnapshotId};
use sandboxd_shared::store::{generations, layers};
use sandboxd_worker::workspace::DriverKind;
use tempfile::TempDir;

use crate::node::TestNode;

/// Paths and contents.
pub(crate) type Files = BTreeMap<String, String>;

pub(crate) fn files<const N: usize>(wanted: [(&str, &str); N]) -> Files {
    wanted.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

impl TestNode {
    pub(crate) async fn generation(&self, sandbox: SandboxId) -> GenerationRow {
        let mut conn = self.store.read().await.unwrap();
        generations::active(&mut conn, sandbox).await.unwrap().unwrap()
    }

    pub(crate) fn upper(&self, row: &GenerationRow) -> PathBuf {
        let folder = self.data().join("w").join(row.sandbox_id.lower());
        folder.join(format!("g{}", row.number)).join("upper")
    }

    async fn chain(&self, layer: Option<&str>) -> Vec<PathBuf> {
        let Some(layer) = layer else { return Vec::new() };
        let mut conn = self.store.read().await.unwrap();
        let names = layers::chain(&mut conn, layer).await.unwrap();
        names.iter().map(|name| self.data().join("l").join(name)).collect()
    }

    /// What a program in the sandbox writes.
    pub(crate) async fn write(&self, sandbox: SandboxId, path: &str, text: &str) {
        let upper = self.upper(&self.generation(sandbox).await);
        let _ = fs::remove_file(upper.join(path));
        fs::write(upper.join(path), text).unwrap();
    }

    /// What a program in the sandbox deletes: a whiteout where a layer below has the name.
    pub(crate) async fn delete(&self, sandbox: SandboxId, path: &str) {
        let row = self.generation(sandbox).await;
        let upper = self.upper(&row);
        let _ = fs::remove_file(upper.join(path));
        if self.driver.kind() == DriverKind::Copy {
            return;
        }
        let below = read(&self.chain(row.base_layer_id.as_deref()).await, self.data());
        if below.contains_key(path) {
            let (kind, mode) = (FileType::CharacterDevice, Mode::empty());
            rustix::fs::mknodat(CWD, upper.join(path), kind, mode, 0).unwrap();
        }
    }

    /// The workspace as a container sees it.
    pub(crate) async fn files(&self, sandbox: SandboxId) -> Files {
        let row = self.generation(sandbox).await;
        let mut parts = Vec::new();
        if self.upper(&row).exists() {
            parts.push(self.upper(&row));
        }
        if self.driver.kind() == DriverKind::Overlay || parts.is_empty() {
            parts.extend(self.chain(row.base_layer_id.as_deref()).await);
        }
        read(&parts, self.data())
    }

    pub(crate) async fn snapshot_files(&self, snapshot: SnapshotId) -> Files {
        let row = self.snapshot(snapshot).await.unwrap();
        read(&self.chain(row.layer_id.as_deref()).await, self.data())
    }
}

/// Mounts directories over each other, the first on top, as the driver does for its own looks.
fn read(parts: &[PathBuf], data: &Path) -> Files {
    let point = TempDir::new().unwrap();
    let mut lower: Vec<String> = parts.iter().map(|part| part.display().to_string()).collect();
    let empty = data.join("l/empty").display().to_string();
    // The kernel wants two.
    lower.push(empty);
    if lower.len() == 1 {
        return Files::new();
    }
    for part in parts {
        assert!(part.is_dir(), "{} is gone", part.display());
    }
    let options =
        format!("redirect_dir=follow,metacopy=off,index=off,lowerdir={}", lower.join(":"));
    let options = CString::new(options).unwrap();
    let flags = MountFlags::RDONLY | MountFlags::NOATIME;
    rustix::mount::mount("overlay", point.path(), "overlay", flags, &*options).unwrap();
    let found = fs::read_dir(point.path()).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(&path).unwrap())
    });
    let found: Files = found.collect();
    // Another test's process may look at the mounts of this host at this very moment.
    rustix::mount::unmount(point.path(), UnmountFlags::DETACH).unwrap();
    found
}
