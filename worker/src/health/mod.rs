//! Whether previews answer: probed after each start, restore and fork, and at intervals.

mod probe;
mod watch;

pub use probe::{HttpProber, Prober};
pub use watch::{Pace, Watch};
