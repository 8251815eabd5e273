//! A worker process as a whole: what it is made of, that it lives, and how it ends.

pub mod liveness;
mod run;
mod start;

pub use run::{Parts, run};
pub use start::start;
