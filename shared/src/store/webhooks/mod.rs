//! Webhooks: who is to hear of events, the outbox of what they are to hear, and its log.

mod log;
mod outbox;
mod registry;
pub mod secrets;
mod sending;

pub use log::{find_delivery, list_deliveries, prune, redeliver, trim};
pub(super) use outbox::write_for;
pub use outbox::{cancel_waiting, try_out};
pub use registry::{Change, count, delete, disable, failed, find, insert, list, succeeded, update};
pub use sending::{Attempt, Claim, Ended, Limits, claim, next_due, record, with_room};
