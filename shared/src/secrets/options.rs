//! What an operator says about the master keys.

use std::convert::Infallible;

use clap::Args;
use secrecy::SecretString;

/// The master keys.
#[derive(Debug, Clone, Default, Args)]
pub struct SecretsOptions {
    /// The keys that config is sealed with, newest first, with commas between: each 32 bytes as 64
    /// hex digits or base64. Without it a key is made at the first start, in <data>/secrets.key.
    #[arg(long, env = "SANDBOXD_SECRETS_KEY", hide_env_values = true, value_parser = unseen)]
    pub secrets_key: Option<SecretString>,
}

/// Never fails: clap would show the value that it couldn't read.
fn unseen(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}
