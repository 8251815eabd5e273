//! The workers' node services, as the API asks them: files, programs and logs as streams. It
//! authorises first; a node service knows sandboxes by id only.

mod client;
mod program;
mod utf8;

pub(crate) use client::{Nodes, read_json};
pub(crate) use program::{Ended, Output, Program, ProgramInput, ProgramOutput};
pub(crate) use utf8::Utf8;
