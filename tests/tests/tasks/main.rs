//! Tasks on a whole installation: real processes, a real engine, real programs as agents. Whatever
//! is killed, a prompt is handed over once and all that its agent said is kept.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod agents;
mod deaths;
mod ends;
mod explore;
mod many;
mod output;
mod site;
mod undo;
