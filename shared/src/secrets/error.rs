//! Why something can't be sealed or opened. Never says what.

use std::io;
use std::path::PathBuf;

/// A failure of the keys or of a sealed value.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The keys' file can't be read or written.
    #[error("the keys' file {} can't be used", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The keys are not keys.
    #[error(
        "{place}: a key is 32 bytes as 64 hex digits or as base64; make one with: openssl rand -hex 32"
    )]
    NotAKey {
        /// The setting or the file.
        place: String,
    },
    /// The file that held the keys is gone.
    #[error(
        "the database holds sealed values, and {} isn't there: put it back from a backup; without \
         it they are lost, and \"DELETE FROM app_config; DELETE FROM webhook_secrets\" lets sandboxd \
         start without them",
        file.display()
    )]
    FileGone {
        /// Which file.
        file: PathBuf,
    },
    /// A value is sealed with a key that isn't known.
    #[error(
        "a value is sealed with key {0}, which is neither in SANDBOXD_SECRETS_KEY nor in the keys' file"
    )]
    UnknownKey(String),
    /// A value was changed, or belongs elsewhere.
    #[error("a sealed value can't be opened: it was changed or belongs elsewhere")]
    NotGenuine,
    /// The host gave no random bytes.
    #[error("the host has no random bytes")]
    Random(#[source] getrandom::Error),
    /// Another rotation of keys is under way.
    #[error("another rotation of keys is under way; wait until it has ended")]
    Rotating,
}
