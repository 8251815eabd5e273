//! The worker: runs jobs, and is the only process that holds the container engine's socket.

pub mod runtime;
