//! Webhooks: who is to hear of events, and the log of what they were sent.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod get_delivery;
pub(crate) mod list;
pub(crate) mod list_deliveries;
pub(crate) mod redeliver;
pub(crate) mod rotate_secret;
mod secret;
pub(crate) mod test;
pub(crate) mod update;
mod url;
