//! The web console: its files, which `scripts/console` builds and the binary carries, and the pages
//! that they are served as.

mod encoding;
mod files;
mod page;
mod policy;
mod routes;

pub(crate) use routes::routes;
