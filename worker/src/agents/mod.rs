//! Coding agents: how each is started without a person at it, and what the lines it writes mean.
//! Pure: no I/O, no rows, no container.

mod bounds;
mod claude_code;
mod codex;
mod command;
mod gemini;
mod launch;
mod opencode;
mod piece;
mod reader;
mod session;
mod usage;

pub use launch::{Launch, NotReady, Request, launch};
pub use piece::Piece;
pub use reader::Reader;
