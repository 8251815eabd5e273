//! The node service: files, export, programs, terminals and logs of this node's sandboxes, as byte
//! streams over internal HTTP. Only the API speaks to it, and it has authorised the tenant; here
//! sandboxes are known by id, and their rows are read again.
//!
//! A sandbox that runs is asked through PID 1. For the files of a stopped one the workspace is
//! opened here and `sandbox-init` started over it, as the sandbox's user, in a *session* that holds
//! the sandbox's lock. Either way all that comes back is the sandbox's word.

mod body;
mod channel;
mod child;
mod content;
mod diff;
mod exec;
mod export;
mod failure;
mod files;
mod ground;
mod listen;
mod logs;
mod service;
mod session;
mod slots;
mod upload;
mod wire;

pub use listen::{Listening, listen};
pub use service::Node;
