//! Backup and restore of a whole installation: taken while all of it is at work, brought back after
//! its data directory is gone.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod load;
mod restored;
mod site;
