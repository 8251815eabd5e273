//! `admin doctor`: looks at everything and says what to do. It changes nothing, and needs no process
//! to run; what only a worker can see, it asks one of each node's.

mod clock;
mod database;
mod nodes;
mod report;
mod run;
mod work;

pub(super) use run::{Doctor, run};
