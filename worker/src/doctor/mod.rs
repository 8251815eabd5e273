//! This node's part of `sandboxd-api admin doctor`: what only a process with the engine's socket can
//! look at. It changes nothing.

mod disk;
mod engine;
mod examine;
mod orphans;

pub use examine::Doctor;
