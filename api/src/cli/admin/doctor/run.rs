//! The command: its checks in order.

use std::sync::Arc;

use clap::Args;
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::node::{Finding, chain};
use sandboxd_shared::store::{Store, StoreError};

use super::clock::Watch;
use super::{clock, database, nodes, report, work};

/// How the findings are told.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Examines the installation and prints what was found.
///
/// # Errors
/// If something is broken: then the process ends with 1.
pub(crate) async fn run(data: &DataOptions, options: &Doctor) -> anyhow::Result<()> {
    let watch = Watch::start(&SystemClock);
    let mut found = examine(data).await?;
    found.push(watch.read(&SystemClock));
    let said = if options.json { report::json(&found) } else { report::text(&found) };
    println!("{}", said.trim_end());
    match report::errors(&found) {
        0 => Ok(()),
        1 => anyhow::bail!("1 error was found"),
        count => anyhow::bail!("{count} errors were found"),
    }
}

async fn examine(data: &DataOptions) -> anyhow::Result<Vec<Finding>> {
    let file = data.database_file().map_err(anyhow::Error::msg)?;
    if !file.is_file() {
        return Ok(vec![Finding::error(
            database::CHECK,
            format!("there is no file {}", file.display()),
            "say where the installation is (SANDBOXD_DATA_DIR), or start sandboxd-api serve once",
        )]);
    }
    let store = match Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await {
        Ok(store) => store,
        Err(error) => return Ok(vec![database::unopened(&file, &error)]),
    };
    let mut found = database::check(&store).await;
    if database::is_readable(&found) {
        add(&mut found, "clock", clock::check(&store).await);
        add(&mut found, "workers", work::workers(&store).await);
        add(&mut found, "queues", work::queues(&store).await);
        add(&mut found, "sandboxes", work::sandboxes(&store).await);
        add(&mut found, "nodes", nodes::check(&store, data.node_sockets()).await);
    }
    store.close().await;
    Ok(found)
}

/// What a check found, or why it could not look.
fn add(all: &mut Vec<Finding>, check: &str, found: Result<Vec<Finding>, StoreError>) {
    all.extend(found.unwrap_or_else(|error| {
        let message = format!("this could not be looked at: {}", chain(&error));
        let advice = "if the database is in order, this is a bug: report it with this line";
        vec![Finding::error(check, message, advice)]
    }));
}
