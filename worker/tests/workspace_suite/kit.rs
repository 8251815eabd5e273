//! A node with its directories, and workspaces used the way the worker uses them.

use rustix::mount::{MountFlags, UnmountFlags};
use sandboxd_worker::workspace::{
    Chain, DriverKind, Generation, LayerName, Mount, Settings, WorkspaceDriver, open,
};
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

pub(crate) struct Node {
    pub(crate) driver: Arc<dyn WorkspaceDriver>,
    pub(crate) dir: TempDir,
    names: AtomicU32,
}

impl Node {
    pub(crate) async fn overlay() -> Self {
        Self::new(DriverKind::Overlay).await
    }

    pub(crate) async fn copy() -> Self {
        Self::new(DriverKind::Copy).await
    }

    pub(crate) async fn new(kind: DriverKind) -> Self {
        assert!(rustix::process::geteuid().is_root(), "this suite mounts: run it as root");
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("d");
        std::fs::create_dir(&data).unwrap();
        let driver = open(&data, kind, Settings::default()).await.unwrap();
        Self { driver, dir, names: AtomicU32::new(0) }
    }

    pub(crate) fn is_overlay(&self) -> bool {
        self.driver.kind() == DriverKind::Overlay
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("d")
    }

    pub(crate) fn layer_path(&self, layer: &LayerName) -> PathBuf {
        self.data().join("l").join(layer.as_str())
    }

    pub(crate) fn upper_path(&self, generation: &Generation) -> PathBuf {
        let number = format!("g{}", generation.number());
        self.data().join("w").join(generation.sandbox()).join(number).join("upper")
    }

    pub(crate) fn fresh(&self) -> u32 {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn layer(&self) -> LayerName {
        LayerName::new(format!("l{}", self.fresh())).unwrap()
    }

    pub(crate) fn sandbox(&self) -> String {
        format!("sb{}", self.fresh())
    }

    /// Makes the first generation of a new sandbox on a chain: what a fork does.
    pub(crate) async fn fork(&self, base: &Chain) -> Workspace<'_> {
        let generation = Generation::new(self.sandbox(), 1).unwrap();
        self.driver.create(&generation, base).await.unwrap();
        Workspace { node: self, generation, base: base.clone() }
    }

    /// A look at what a chain shows, by a fork of it.
    pub(crate) async fn snapshot(&self, chain: &Chain) -> crate::tree::Tree {
        let fork = self.fork(chain).await;
        let mounted = fork.start();
        let tree = crate::tree::read(mounted.path());
        drop(mounted);
        self.driver.discard(&fork.generation).await.unwrap();
        tree
    }

    pub(crate) fn attach(&self, mount: &Mount) -> Mounted {
        let point = self.dir.path().join(format!("m{}", self.fresh()));
        Mounted::new(mount, point)
    }
}

/// A sandbox's workspace, with the rows that the worker would keep.
pub(crate) struct Workspace<'a> {
    pub(crate) node: &'a Node,
    pub(crate) generation: Generation,
    pub(crate) base: Chain,
}

impl Workspace<'_> {
    pub(crate) fn start(&self) -> Mounted {
        let mount = self.node.driver.mount(&self.generation, &self.base).unwrap();
        self.node.attach(&mount)
    }

    /// Changes the workspace while it runs.
    pub(crate) fn change(&self, work: impl FnOnce(&Path)) -> &Self {
        let mounted = self.start();
        work(mounted.path());
        self
    }

    pub(crate) fn upper(&self) -> PathBuf {
        self.node.upper_path(&self.generation)
    }

    /// Captures the stopped workspace; it goes on in a new generation on the snapshot.
    pub(crate) async fn capture(&mut self) -> Chain {
        let (driver, layer) = (&self.node.driver, self.node.layer());
        driver.seal(&self.generation, &layer).await.unwrap();
        let chain = driver.stack(&self.base, &layer).unwrap();
        self.go_on(&chain).await;
        chain
    }

    /// Discards what there is and goes on with a snapshot.
    pub(crate) async fn restore(&mut self, chain: &Chain) {
        self.go_on(chain).await;
    }

    async fn go_on(&mut self, chain: &Chain) {
        let driver = &self.node.driver;
        let number = self.generation.number() + 1;
        let next = Generation::new(self.generation.sandbox(), number).unwrap();
        driver.create(&next, chain).await.unwrap();
        driver.discard(&self.generation).await.unwrap();
        self.generation = next;
        self.base = chain.clone();
    }

    pub(crate) fn tree(&self) -> crate::tree::Tree {
        crate::tree::read(self.start().path())
    }
}

/// What the engine does with a [`Mount`]; unmounts when dropped.
pub(crate) struct Mounted {
    point: PathBuf,
}

impl Mounted {
    pub(crate) fn new(mount: &Mount, point: PathBuf) -> Self {
        std::fs::create_dir(&point).unwrap();
        match mount {
            Mount::Bind { source } => rustix::mount::mount_bind(source, &point).unwrap(),
            Mount::Volume { options, .. } => {
                let [kind, device, text] = ["type", "device", "o"].map(|key| &*options[key]);
                let (flags, data) = split(text);
                rustix::mount::mount(device, &point, kind, flags, &*data).unwrap();
            }
        }
        Self { point }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.point
    }

    /// Unmounts the way the engine does it: out of sight at once, gone when nothing uses it.
    pub(crate) fn detach(self) {
        drop(self);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        rustix::mount::unmount(&self.point, UnmountFlags::DETACH).unwrap();
    }
}

/// Splits the text of a volume's `o` into flags and data, as the engine's local driver does.
fn split(text: &str) -> (MountFlags, CString) {
    let mut flags = MountFlags::empty();
    let mut data = Vec::new();
    for option in text.split(',') {
        match option {
            "nosuid" => flags |= MountFlags::NOSUID,
            "nodev" => flags |= MountFlags::NODEV,
            "noatime" => flags |= MountFlags::NOATIME,
            other => data.push(other),
        }
    }
    (flags, CString::new(data.join(",")).unwrap())
}
