//! How processes learn of each other's commits: a doorbell, and a look at the database for the
//! rings that were missed.

mod changes;
mod doorbell;

pub use changes::Changes;
pub use doorbell::{BellError, Doorbell, Listener};
