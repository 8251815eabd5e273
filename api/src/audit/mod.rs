//! The audit log: every request of a tenant that may change something, and what came of it. In the
//! transaction of what it did where there is one, else written down right after the answer.

mod auditor;
mod record;
mod targets;
mod trail;

pub(crate) use auditor::Auditor;
pub(crate) use record::record;
pub(crate) use trail::{Trail, commit};
