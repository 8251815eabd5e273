//! What is read from the environment and is no option: a token as an option would be seen by all users
//! of the machine, in the list of processes.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::SecretString;

use super::Given;

/// The environment of the process, read once in `main`. What is empty counts as not there.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `SANDBOXCTL_TOKEN`
    pub token: Option<SecretString>,
    /// `SANDBOXCTL_CONTEXT`, `SANDBOXCTL_URL` and `SANDBOXCTL_TOKEN_FILE`
    pub given: Given,
    /// `SANDBOXCTL_CONFIG`, or else `sandboxctl/config.toml` in `XDG_CONFIG_HOME` or `~/.config`.
    pub config: Option<PathBuf>,
}

impl Environment {
    /// Reads it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        Self::of(|name| env::var_os(name))
    }

    fn of(read: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| read(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let text = |name: &str| path(name)?.into_os_string().into_string().ok();
        let home = || Some(path("HOME")?.join(".config"));
        let config_home = path("XDG_CONFIG_HOME").or_else(home);
        let config = || Some(config_home?.join("sandboxctl/config.toml"));
        Self {
            token: text("SANDBOXCTL_TOKEN").map(SecretString::from),
            given: Given {
                context: text("SANDBOXCTL_CONTEXT"),
                url: text("SANDBOXCTL_URL"),
                token_file: path("SANDBOXCTL_TOKEN_FILE"),
            },
            config: path("SANDBOXCTL_CONFIG").or_else(config),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_contexts_is_where_such_files_are() {
        let at = |pairs: &[(&str, &str)]| {
            let read = |name: &str| {
                let found = pairs.iter().find(|(key, _)| *key == name)?;
                Some(OsString::from(found.1))
            };
            Environment::of(read).config.map(|path| path.display().to_string())
        };
        let home = ("HOME", "/h");
        assert_eq!(at(&[home]).unwrap(), "/h/.config/sandboxctl/config.toml");
        let xdg = ("XDG_CONFIG_HOME", "/x");
        assert_eq!(at(&[home, xdg]).unwrap(), "/x/sandboxctl/config.toml");
        assert_eq!(at(&[home, xdg, ("SANDBOXCTL_CONFIG", "/c")]).unwrap(), "/c");
        assert_eq!(at(&[("HOME", "")]), None);
    }
}
