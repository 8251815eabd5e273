//! What is written about the API is true of a whole installation: the guide's examples run, and
//! schemathesis finds nothing in which the document and the API differ.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod examples;
mod schemathesis;

use std::path::{Path, PathBuf};

/// A file of the repository.
fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
