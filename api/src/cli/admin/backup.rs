//! `admin backup`: a copy of the installation that another can be made from.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use sandboxd_shared::config::DataOptions;

use crate::backup::{self, Plan, Taken};
use crate::cli::installation;

/// Where to, and what of it.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The folder that backups are kept in; made if it isn't there.
    target: PathBuf,
    /// Captures running workspaces first, so that the backup has them as they are.
    #[arg(long)]
    capture: bool,
    /// Takes secrets.key, preview.key and the token too. Whoever has the backup can then read all
    /// secrets in it.
    #[arg(long)]
    with_key: bool,
    /// Removes all but so many of the target's backups afterwards.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    keep: Option<u16>,
}

pub(super) async fn run(data: &DataOptions, verb: &Backup) -> anyhow::Result<()> {
    check_places(data, verb)?;
    let plan = Plan {
        target: verb.target.clone(),
        capture: verb.capture,
        with_key: verb.with_key,
        keep: verb.keep.map(usize::from),
    };
    let (store, _) = installation::open(data).await?;
    let taken = backup::take(&store, data, &plan).await;
    store.close().await;
    tell(&taken?, &plan);
    Ok(())
}

/// Opening would make an empty installation where there is none, and what is in the data directory
/// is lost with it.
fn check_places(data: &DataOptions, verb: &Backup) -> anyhow::Result<()> {
    let database = data.database_file().map_err(anyhow::Error::msg)?;
    ensure!(database.is_file(), "there is no installation: {} is not there", database.display());
    let (target, data) = (std::path::absolute(&verb.target)?, std::path::absolute(&data.data_dir)?);
    ensure!(!target.starts_with(&data), "{} is in the data directory itself", target.display());
    Ok(())
}

fn tell(taken: &Taken, plan: &Plan) {
    let mib = taken.copied_bytes as f64 / f64::from(1 << 20);
    println!(
        "Backup {} in {}: {} layers, {} of them copied now ({mib:.1} MiB).",
        taken.name,
        plan.target.display(),
        taken.layers,
        taken.copied
    );
    if taken.removed > 0 {
        println!("{} older backups were removed.", taken.removed);
    }
    if !taken.unsealed.is_empty() {
        println!(
            "{} workspaces have changes that no layer has, and that are not in it: they will be as \
             they were sealed last.{}\n  {}",
            taken.unsealed.len(),
            if plan.capture { "" } else { " With --capture they are captured first." },
            taken.unsealed.join("\n  ")
        );
    }
    if plan.with_key {
        println!("The keys are in it ({}): keep it as secret as they are.", taken.keys.join(", "));
    } else {
        println!(
            "The keys are not in it: without secrets.key config and webhooks of it can't be opened. \
             Keep that file elsewhere."
        );
    }
}
