//! `admin rotate-key`: a new master key.

use clap::Args;
use sandboxd_shared::config::DataOptions;
use sandboxd_shared::sealed::{open_keys, rotate};
use sandboxd_shared::secrets::SecretsOptions;

use crate::cli::installation;

/// Settings of `admin rotate-key`.
#[derive(Debug, Args)]
pub(super) struct RotateKey {
    #[command(flatten)]
    secrets: SecretsOptions,
}

pub(super) async fn run(data: &DataOptions, verb: RotateKey) -> anyhow::Result<()> {
    let (store, _) = installation::open(data).await?;
    let keys = open_keys(&store, &verb.secrets, &data.data_dir).await?;
    let rotated = rotate(&store, &keys).await?;
    store.close().await;
    println!("{} values were sealed anew; all are with key {}.", rotated.values, rotated.key_id);
    match rotated.dropped {
        Some(_) => println!("Backups of the database from before need the old secrets.key."),
        None => println!(
            "SANDBOXD_SECRETS_KEY gives the keys: all but its first can go from the settings now."
        ),
    }
    Ok(())
}
