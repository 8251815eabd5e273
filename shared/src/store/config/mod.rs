//! Apps' config: sealed values, how they are sealed anew, and who has been given them.

mod delivery;
mod entries;
mod sealing;

pub use delivery::{Delivery, deliveries, set_delivered, version};
pub use entries::{Row, Usage, delete, find, insert, list, replace, usage};
pub use sealing::{SealedRow, any, key_ids, not_sealed_with, reseal};
