//! What can go wrong with workspace directories.

use super::driver::DriverKind;
use super::names::{Generation, LayerName};
use crate::failpoint::Injected;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{operation} {}", path.display())]
    Io { operation: &'static str, path: PathBuf, source: io::Error },
    #[error("{0:?} is not a sandbox id for a workspace")]
    BadSandbox(String),
    #[error("{0:?} is not a layer name")]
    BadLayer(String),
    #[error("layer {0} is twice in one chain")]
    RepeatedLayer(LayerName),
    #[error("data directory {}: {why}", path.display())]
    BadDataPath { path: PathBuf, why: &'static str },
    #[error("data directory holds workspaces of the {found} driver, not {wanted}")]
    OtherDriver { found: String, wanted: DriverKind },
    /// More layers than this driver mounts: the chain has to be flattened first.
    #[error("a chain of {depth} layers is deeper than {max}")]
    TooDeep { depth: usize, max: usize },
    /// The kernel would cut the mount options silently.
    #[error("mount options of {length} bytes are longer than {max}")]
    TooLong { length: usize, max: usize },
    /// Something mounts the directory. Worth a retry: an unmount may be under way.
    #[error("{} is still mounted at {by}", path.display())]
    StillMounted { path: PathBuf, by: String },
    /// It can't be shown from here that nothing mounts the directory.
    #[error("cannot prove that nothing mounts {}: {why}", path.display())]
    Unproven { path: PathBuf, why: &'static str },
    #[error("layer {0} is not on disk")]
    LayerMissing(LayerName),
    /// Both an upper to be sealed and a layer of that name: somebody used the name before.
    #[error("layer {0} is there already")]
    LayerTaken(LayerName),
    #[error("generation {0} is not on disk")]
    GenerationMissing(Generation),
    /// The upper of this generation has become a layer; the next one needs a new number.
    #[error("generation {0} is sealed")]
    GenerationSealed(Generation),
    /// There is no whole live copy for this layer since the last boot: copy again.
    #[error("layer {0} has no whole copy to publish")]
    NotCopied(LayerName),
    #[error("copying {} failed ({status}): {output}", from.display())]
    CopyFailed { from: PathBuf, status: String, output: String },
    #[error("copying {} took longer than {limit:?}", from.display())]
    CopyTimeout { from: PathBuf, limit: Duration },
    /// `cp` on this host loses what a layer needs.
    #[error("the copier of this host does not keep {0}")]
    CopierUnfit(&'static str),
    /// A tree made to be hard to walk. Count it as over every quota.
    #[error("{} holds paths longer than {max} bytes", path.display())]
    TreeTooDeep { path: PathBuf, max: usize },
    #[error("a blocking file operation was stopped")]
    Stopped,
    #[error(transparent)]
    Injected(#[from] Injected),
}

impl Error {
    /// For `map_err`: which operation failed on which path.
    pub(super) fn at<E: Into<io::Error>>(
        operation: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source: source.into() }
    }
}
