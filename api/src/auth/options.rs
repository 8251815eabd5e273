//! What an operator says about who may call.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::gate::{Auth, Found};
use super::own_token;
use super::token_table::{InvalidTokens, Source, TokenTable};
use crate::proxies::TrustedProxies;

/// The tenant of whoever calls while auth is off or the installation's own token is used.
pub(super) const DEFAULT_TENANT: &str = "default";
/// Nothing longer is a token file.
const FILE_MAX: u64 = 1 << 20;

/// Who may call.
#[derive(Debug, Clone, Default, Args)]
pub struct AuthOptions {
    /// Tokens, as name=token,name=token; a name is a tenant.
    #[arg(long, env = "SANDBOXD_API_TOKENS", hide_env_values = true)]
    pub api_tokens: Option<String>,
    /// A file of tokens, one name=token a line; read again at SIGHUP.
    #[arg(long, env = "SANDBOXD_API_TOKENS_FILE")]
    pub api_tokens_file: Option<PathBuf>,
    /// Everybody who can connect is the tenant "default".
    #[arg(long, env = "SANDBOXD_API_AUTH_DISABLED")]
    pub api_auth_disabled: bool,
    /// Allows auth to be disabled on an address that others can reach.
    #[arg(long, env = "SANDBOXD_ALLOW_INSECURE")]
    pub allow_insecure: bool,
    /// Wrong tokens from one address within a minute, after which it waits; 0 = any number.
    #[arg(long, env = "SANDBOXD_AUTH_FAILURES_PER_MINUTE", default_value_t = 60)]
    pub auth_failures_per_minute: u32,
    /// Proxies in front, as addresses and networks with commas, that are believed who a client is.
    #[arg(long, env = "SANDBOXD_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    pub trusted_proxies: TrustedProxies,
}

/// Why the API can't be opened to anybody.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Auth off, and the address isn't loopback.
    #[error(
        "auth is disabled and {0} isn't a loopback address: set tokens, bind to 127.0.0.1, or set \
         SANDBOXD_ALLOW_INSECURE=true"
    )]
    OpenToAll(SocketAddr),
    /// `SANDBOXD_API_TOKENS` is wrong.
    #[error("SANDBOXD_API_TOKENS: {0}")]
    Tokens(String),
    /// The token file is wrong.
    #[error("the token file {}: {what}", file.display())]
    File {
        /// Which one.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl AuthOptions {
    /// Refuses to open an unauthenticated API to others.
    ///
    /// # Errors
    /// [`AuthError::OpenToAll`]
    pub fn check_bind(&self, bind: SocketAddr) -> Result<(), AuthError> {
        if self.api_auth_disabled && !self.allow_insecure && !bind.ip().to_canonical().is_loopback()
        {
            return Err(AuthError::OpenToAll(bind));
        }
        Ok(())
    }

    /// Reads the tokens; makes one in `data_dir` if none is configured.
    ///
    /// # Errors
    /// [`AuthError`] for tokens that can't be read or written.
    pub fn open(&self, data_dir: &Path) -> Result<Auth, AuthError> {
        if self.api_auth_disabled {
            return Ok(Auth::off(self.clone()));
        }
        let configured = self.configured()?;
        if !configured.is_empty() {
            return Ok(Auth::on(configured, self.clone(), Found::Configured));
        }
        let file = data_dir.join("token");
        let (token, made) = own_token::read_or_make(&file)
            .map_err(|error| AuthError::File { file, what: error.to_string() })?;
        let table = TokenTable::single(Source::Installation, DEFAULT_TENANT, &token);
        let found = if made { Found::Made(token) } else { Found::Kept };
        Ok(Auth::on(table, self.clone(), found))
    }

    /// The tokens of the settings and of the file.
    pub(super) fn configured(&self) -> Result<TokenTable, AuthError> {
        let text = self.api_tokens.as_deref().unwrap_or_default();
        let mut table = TokenTable::parse(Source::Settings, text.split(','))
            .map_err(|error| AuthError::Tokens(error.to_string()))?;
        if let Some(file) = &self.api_tokens_file {
            let fail = |what: String| AuthError::File { file: file.clone(), what };
            let wrong = |error: InvalidTokens| fail(error.to_string());
            let size = std::fs::metadata(file).map_err(|error| fail(error.to_string()))?.len();
            if size > FILE_MAX {
                return Err(fail("it is too large".to_owned()));
            }
            let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
            table
                .merge(TokenTable::parse(Source::File, text.lines()).map_err(wrong)?)
                .map_err(wrong)?;
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_api_stays_on_loopback_unless_told() {
        let mut options = AuthOptions { api_auth_disabled: true, ..AuthOptions::default() };
        for (bind, ok) in [("127.0.0.1:1", true), ("[::1]:1", true), ("0.0.0.0:1", false)] {
            assert_eq!(options.check_bind(bind.parse().unwrap()).is_ok(), ok, "{bind}");
        }
        options.allow_insecure = true;
        assert!(options.check_bind("0.0.0.0:1".parse().unwrap()).is_ok());
    }

    #[test]
    fn no_configured_token_makes_one_that_stays() {
        let folder = tempfile::tempdir().unwrap();
        let options = AuthOptions::default();
        let first = options.open(folder.path()).unwrap();
        let Found::Made(token) = first.found() else { panic!("no token was made") };
        let second = options.open(folder.path()).unwrap();
        assert!(matches!(second.found(), Found::Kept));
        assert_eq!(second.tenant_of(token).as_deref(), Some("default"));
    }

    #[test]
    fn a_reload_takes_the_new_file_and_keeps_the_old_one_if_it_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        std::fs::write(&file, "# ours\nalice=one\n").unwrap();
        let options = AuthOptions { api_tokens_file: Some(file.clone()), ..Default::default() };
        let auth = options.open(folder.path()).unwrap();
        assert_eq!(auth.tenant_of("one").as_deref(), Some("alice"));
        std::fs::write(&file, "alice=two\n").unwrap();
        auth.reload();
        assert_eq!(auth.tenant_of("one"), None);
        assert_eq!(auth.tenant_of("two").as_deref(), Some("alice"));
        for broken in ["alice", ""] {
            std::fs::write(&file, broken).unwrap();
            auth.reload();
            assert_eq!(auth.tenant_of("two").as_deref(), Some("alice"), "{broken:?}");
        }
    }
}
