//! Making rows, containers, volumes and directories agree, whatever was missed. Takes no input,
//! does the same every time, and is told only when to look sooner.

mod checkpoints;
mod containers;
mod disk;
mod engine;
mod garbage;
mod leader;
mod memory;
mod prune;
mod reconciler;
mod volumes;

pub use leader::Leader;
pub use reconciler::Reconciler;
pub(crate) use volumes::{is_down, keeps};
