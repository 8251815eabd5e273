//! Directory trees as workspaces are made of them: copied with all that a layer needs, and told
//! apart by a digest.

mod copy;
mod digest;

pub use copy::{CopyError, copy_tree};
pub use digest::{Digest, DigestError, Look, digest};
