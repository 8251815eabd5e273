//! Workspace storage: the directories behind a sandbox's `/workspace`.
//!
//! A workspace is a chain of sealed layers and one upper directory, its *generation*. What a
//! chain means and who stands on it are rows elsewhere; here are only bytes. Layout under a
//! node's data directory, which is one mount:
//!
//! ```text
//! w/<sandbox>/g<N>/{upper,work}   generations     l/<layer>   sealed layers, l/empty
//! trash/<unique>                  to be unlinked  tmp/        copies that are not whole yet
//! ```
//!
//! Invariants: a sealed layer never changes. Nothing is removed in place, it moves to the trash
//! first. A name in `l/` or `w/` appears by rename, so what is there is whole. No upper is renamed
//! while something mounts it. Callers hold the sandbox's lock; nothing here takes one.

mod below;
mod blocking;
mod copier;
mod copier_check;
mod copy;
mod diff;
mod driver;
mod error;
mod in_use;
mod inventory;
mod layout;
mod measure;
mod mounts;
mod names;
mod open;
mod options;
mod overlay;
mod probe;
mod root;
mod store;
mod trash;
mod view;

pub use copier::{COPY_LIMIT, LIVE_COPY_LIMIT};
pub use diff::{Change, Diff, DiffOptions, FileKind, FileState, Lineage, Status};
pub use driver::{Access, DriverKind, Mount, Sealed, Usage, WorkspaceDriver};
pub use error::{Error, Result};
pub use inventory::{GenerationEntry, Inventory, LayerEntry, TmpEntry};
pub use names::{Chain, Generation, LAYER_NAME_MAX, LayerName, SANDBOX_ID_MAX};
pub use open::{Owner, Settings, open};
pub use options::{CHAIN_MAX, COMPACT_AT, OPTIONS_MAX};
pub use probe::{EngineProbe, PROBE_LIMIT, PROBE_TARGET, Probe, ProbeRun, probe};
pub use view::View;
