//! `openapi`: the document of the HTTP API, as it is kept in `docs/openapi.yaml`.

use std::io::Write;

use clap::Args;

use crate::openapi;

/// Settings of `openapi`.
#[derive(Debug, Args)]
pub struct OpenApiOptions {
    /// Prints JSON in place of YAML.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &OpenApiOptions) -> anyhow::Result<()> {
    let text = if options.json { openapi::document().to_pretty_json()? } else { openapi::yaml() };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(())
}
