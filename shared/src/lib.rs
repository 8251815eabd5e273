//! What the API, the gateway and the workers share: the domain, the database, the intents of
//! jobs, and the feed of changes. Nothing here knows the API's routes or Docker.

pub mod app_config;
pub mod clock;
pub mod config;
pub mod domain;
pub mod feed;
pub mod ids;
pub mod jobs;
pub mod metrics;
pub mod node;
pub mod sealed;
pub mod secrets;
pub mod shared_files;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod store;
pub mod telemetry;
pub mod trees;
pub mod webhooks;
