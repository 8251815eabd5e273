//! What one snapshot has compared with another.
//!
//! Both are looked at as they are seen in a sandbox, merged. Where overlay layers tell which names
//! may differ, only those are looked at, so that it costs what was changed and not what is there.
//! A layer's directory lists what was made, changed or removed in it; where it stands for more than
//! it lists (it hides what is below, or was renamed) all of it is walked.

mod change;
mod content;
mod entry;
mod left_out;
mod lineage;
mod names;
mod walk;

pub use change::{Change, Diff, DiffOptions, FileKind, FileState, Status};
pub use lineage::Lineage;
pub(super) use walk::compare;

/// The folder of a workspace that holds the app.
const APP: &std::ffi::CStr = c"app";
