//! Backups of an installation, taken while it runs, and brought back into an empty data directory.
//!
//! ```text
//! <target>/layers/<layer>/     bytes of sealed layers, shared by all backups of the target
//! <target>/<time>/             a backup: database, manifest.json, keys if they were asked for
//! <target>/part, lock          a backup that isn't whole; held while one is taken or read
//! ```
//!
//! Layers never change and their names are never used again, so the database is copied first, and
//! then the layers that this copy names and the target doesn't have yet. A lease keeps the sweeper
//! from them meanwhile. What has its name is durable and whole: a backup gets it last.

mod bytes;
mod capture;
mod durable;
mod hold;
mod keep;
mod keys;
mod manifest;
mod restore;
mod take;
mod target;

pub use restore::{Restored, check, restore};
pub use take::{Plan, Taken, take};
