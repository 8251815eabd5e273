//! Whether previews answer: probed after each start, restore and fork, and at intervals.

mod probe;
mod record;
mod watch;

pub use probe::{HttpProber, Prober};
pub(crate) use record::record;
pub use watch::{Pace, Watch};
