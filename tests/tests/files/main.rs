//! Files, export, programs, terminals and logs on a real engine, for sandboxes that run and that
//! are stopped, with what a hostile sandbox and a killed worker do to them.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod ground;
mod hostile;
mod programs;
mod sessions;
mod stored;
