//! Tasks: a program that runs to its end whoever asked for it, and what is known of it afterwards.
//!
//! A task is handed over once, under an id of the caller's, and never started a second time: that
//! it was begun is on the disk before its process is there. Its output goes into a file of bounded
//! size, which callers read from any offset; its result is written down when nothing of it is
//! left. What this supervisor has seen itself it also keeps in memory, where processes of the
//! sandbox can't change it.

mod folder;
mod folders;
mod id;
mod lived_time;
mod order;
mod outcome;
mod output;
mod progress;
mod record;
mod room;
mod run;
mod running;
mod sweep;
mod tail;
mod tasks;

pub(crate) use id::TaskId;
pub(crate) use order::Order;
pub(crate) use tasks::{Handed, Source, State, Tasks};
