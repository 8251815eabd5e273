//! `admin restore`: an installation out of a backup.

use std::path::PathBuf;

use clap::Args;
use sandboxd_shared::config::{DataOptions, host_name};

use crate::backup::{self, Restored};

/// Which.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder that backups are kept in.
    target: PathBuf,
    /// The backup's name; the newest if not given.
    #[arg(long)]
    backup: Option<String>,
    /// Only reads the backup and says whether it is whole.
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(data: &DataOptions, verb: &Restore) -> anyhow::Result<()> {
    let name = verb.backup.as_deref();
    if verb.check {
        let name = backup::check(&verb.target, name).await?;
        println!("Backup {name} is whole.");
        return Ok(());
    }
    let done = backup::restore(&verb.target, name, data).await?;
    tell(&done, data);
    Ok(())
}

fn tell(done: &Restored, data: &DataOptions) {
    let folder = data.data_dir.display();
    println!("Backup {} is in {folder}: {} layers.", done.name, done.layers);
    println!(
        "{} sandboxes that ran are stopped; {} operations were under way and are taken up again.",
        done.settled.stopped, done.settled.unfinished
    );
    if !done.unsealed.is_empty() {
        println!("{} workspaces are as they were sealed last.", done.unsealed.len());
    }
    println!("Next:");
    if !done.has_keys {
        println!("- Put secrets.key into {folder} (0600), or set SANDBOXD_SECRETS_KEY.");
    }
    for node in done.nodes.iter().filter(|node| **node != host_name()) {
        println!("- Start the workers with SANDBOXD_NODE={node}: its workspaces are that node's.");
    }
    println!("- Make the sandboxes' image on this engine (scripts/image).");
    println!(
        "- Start API, gateway and workers with the settings of before, then run admin doctor."
    );
}
