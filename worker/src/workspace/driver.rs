//! What a workspace driver does, whichever file system stands behind it.

use super::diff::{Diff, DiffOptions, Lineage};
use super::error::Result;
use super::inventory::{Inventory, TmpEntry};
use super::names::{Chain, Generation, LayerName};
use super::view::View;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverKind {
    /// Layers are differences, stacked by overlayfs. Every operation costs the same at any size.
    Overlay,
    /// Layers are whole trees, copied. For hosts whose engine cannot mount an overlay.
    Copy,
}

impl fmt::Display for DriverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overlay => "overlay",
            Self::Copy => "copy",
        })
    }
}

/// How the engine brings a generation into a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// A volume of the engine's `local` driver, to be mounted with `NoCopy`. The engine answers
    /// the creation of a name that exists with the old options: compare them with these.
    Volume { name: String, options: BTreeMap<String, String> },
    /// A bind mount of a directory of the host.
    Bind { source: PathBuf },
}

/// What a capture left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub layer: LayerName,
    /// An earlier attempt had done the work.
    pub already: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Bytes allocated on disk; holes cost nothing and a hard-linked file counts once.
    pub bytes: u64,
    /// Directory entries of every kind, without the root.
    pub files: u64,
}

/// What is to be done with a workspace that no container has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only looked at, and nothing has been changed since its base was sealed.
    ReadUnchanged,
    /// Only looked at.
    Read,
    /// Changed.
    Change,
}

/// Directories of workspaces. Every operation can be run again after a crash at any point of it,
/// and then ends as if it had run once. The caller holds the lock of the sandbox.
#[async_trait]
pub trait WorkspaceDriver: Send + Sync + fmt::Debug {
    fn kind(&self) -> DriverKind;

    /// Layers a chain may have; every chain up to this fits into the mount options.
    fn max_depth(&self) -> usize;

    /// Depth from which a chain should be flattened in the background.
    fn compact_at(&self) -> usize;

    /// The chain that `sealed` stands for, once it was taken from a generation on `base`.
    ///
    /// # Errors
    /// If `sealed` is in `base` already.
    fn stack(&self, base: &Chain, sealed: &LayerName) -> Result<Chain>;

    /// Makes the directories of a new generation on `base`. The root gets owner, mode, time and
    /// attributes of the newest layer's, or the owner of the settings and 0755.
    ///
    /// # Errors
    /// `TooDeep`, `LayerMissing`; `GenerationSealed` if the number was used before.
    async fn create(&self, generation: &Generation, base: &Chain) -> Result<()>;

    /// How to mount a generation, the same for each call.
    ///
    /// # Errors
    /// `TooDeep`, `TooLong`; `GenerationMissing` and `LayerMissing` if it could not work.
    fn mount(&self, generation: &Generation, base: &Chain) -> Result<Mount>;

    /// Opens a generation that no container has, for as long as the answer and what is opened
    /// below it lives. With [`Access::Change`] after proof that nothing else mounts it.
    ///
    /// # Errors
    /// `StillMounted`, `Unproven`, `TooDeep`, `TooLong`, `GenerationMissing`, `LayerMissing`.
    async fn open(&self, generation: &Generation, base: &Chain, access: Access) -> Result<View>;

    /// A read-only look at the tree of a chain. Layers that go meanwhile take their files with
    /// them: the caller looks afterwards that none has.
    ///
    /// # Errors
    /// `TooDeep`, `TooLong`, `LayerMissing`.
    async fn view(&self, chain: &Chain) -> Result<View>;

    /// Turns a generation's upper into a layer, after proof that nothing mounts it. Container and
    /// volume are gone by then. The rest of the generation is left to [`discard`](Self::discard).
    ///
    /// # Errors
    /// `StillMounted`, `Unproven`, `LayerTaken`, `GenerationMissing`.
    async fn seal(&self, generation: &Generation, into: &LayerName) -> Result<Sealed>;

    /// Copies what a layer needs from a generation whose container is paused. The layer comes
    /// into being by [`publish`](Self::publish), which need not hold up the container.
    ///
    /// # Errors
    /// `CopyFailed`, `CopyTimeout` ([`LIVE_COPY_LIMIT`](super::LIVE_COPY_LIMIT)), `GenerationMissing`.
    async fn copy_live(&self, generation: &Generation, into: &LayerName) -> Result<Sealed>;

    /// Makes a live copy durable and gives it its name.
    ///
    /// # Errors
    /// `NotCopied` if there is none, or one from before a reboot, which may have holes.
    async fn publish(&self, into: &LayerName) -> Result<()>;

    /// Moves a generation to the trash. Done if there is none.
    ///
    /// # Errors
    /// `StillMounted`, `Unproven`.
    async fn discard(&self, generation: &Generation) -> Result<()>;

    /// Moves a layer to the trash. Done if there is none. That no chain needs it is for the
    /// caller to know; that nothing mounts it is checked as far as mount tables can be seen.
    ///
    /// # Errors
    /// `StillMounted`.
    async fn remove_layer(&self, layer: &LayerName) -> Result<()>;

    /// Moves what an interrupted operation left in `tmp/` to the trash. Done if it is gone.
    ///
    /// # Errors
    /// I/O.
    async fn discard_tmp(&self, entry: &TmpEntry) -> Result<()>;

    /// Merges a chain into one new layer that shows the same tree. The old layers stay untouched.
    ///
    /// # Errors
    /// `TooDeep`, `LayerMissing`, `CopyFailed`, `CopyTimeout` ([`COPY_LIMIT`](super::COPY_LIMIT)).
    async fn flatten(&self, chain: &Chain, into: &LayerName) -> Result<()>;

    /// What a layer takes by itself; `None` if the budget ran out before the end.
    ///
    /// # Errors
    /// `LayerMissing`, `TreeTooDeep`.
    async fn measure(&self, layer: &LayerName, budget: Option<Duration>) -> Result<Option<Usage>>;

    /// What a generation takes on top of its chain; it may be running.
    ///
    /// # Errors
    /// `GenerationMissing`, `TreeTooDeep`.
    async fn usage(
        &self,
        generation: &Generation,
        budget: Option<Duration>,
    ) -> Result<Option<Usage>>;

    /// What the app folder of one snapshot has compared with that of another. Layers that go
    /// meanwhile make the answer wrong: the caller looks afterwards that none has.
    ///
    /// # Errors
    /// `TooDeep`, `LayerMissing`; I/O.
    async fn diff(&self, before: &Lineage, after: &Lineage, options: &DiffOptions) -> Result<Diff>;

    /// Whether the upper has no entry. A change of the root's own mode does not count.
    ///
    /// # Errors
    /// `GenerationMissing`.
    async fn is_empty(&self, generation: &Generation) -> Result<bool>;

    /// What is on disk, for the reconciler.
    ///
    /// # Errors
    /// I/O.
    async fn list(&self) -> Result<Inventory>;

    /// Unlinks up to `limit_entries` entries of the trash and says how many. Zero: nothing left
    /// that can go. Mounted entries are left alone.
    ///
    /// # Errors
    /// I/O.
    async fn sweep_trash(&self, limit_entries: usize) -> Result<usize>;

    /// Bytes free to us on the file system of the data directory (`statvfs(3)`, `f_bavail`).
    ///
    /// # Errors
    /// I/O.
    fn free_bytes(&self) -> Result<u64>;
}
