//! Which part of a list.

use clap::Args;

use crate::client::Route;
use crate::resolve::parse_id;

/// Which part of a list.
#[derive(Debug, Args)]
pub(crate) struct Page {
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Only what is older than this id
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    before: Option<String>,
}

impl Page {
    pub(crate) fn of(&self, route: Route) -> Route {
        route.with("limit", Some(self.limit)).with("before", self.before.as_ref())
    }
}
