//! What the supervisor is told: flags (paths, for tests) and environment (from the worker).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use thiserror::Error;

const HOME: &str = "/home/sandbox";
const RUN: &str = "/run/sandboxd";
const TEMPLATES: &str = "/opt/sandboxd/templates";
const DEFAULT_TEMPLATE: &str = "blank";
const DEFAULT_PORT: u16 = 3000;
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// Longest template name and sandbox id taken.
const MAX_NAME: usize = 64;
/// Variables of the container that a sandbox's own processes get as they are.
const PASSED_ON: [&str; 4] = ["LANG", "TZ", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// Variables that nobody overrides, beside `PORT` and `HOST`.
const OWN: [&str; 2] = ["HOME", "PATH"];

/// Everything that is decided before the first process starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// The workspace, HOME of all that runs here.
    pub(crate) home: PathBuf,
    /// The run directory that host and sandbox share: socket and log.
    pub(crate) run: PathBuf,
    /// Templates of the image, one folder each.
    pub(crate) templates: PathBuf,
    /// The template to seed from.
    pub(crate) template: String,
    /// The sandbox whose app gets a fresh git history, once.
    pub(crate) git_reset: Option<String>,
    /// Where the dev server is to listen.
    pub(crate) port: u16,
    /// Whether the app is started only once its environment came.
    pub(crate) await_environment: bool,
    /// The whole environment of processes in the sandbox, but for `PORT` and `HOST`.
    pub(crate) environment: Vec<(String, OsString)>,
}

/// Why the configuration was refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum ConfigError {
    #[error("unknown flag {0:?}; known are --home, --run and --templates, each with a path")]
    UnknownFlag(OsString),
    #[error("{0} needs an absolute path")]
    NeedsPath(&'static str),
    #[error("{0} must be 1 to 64 letters, digits or hyphens")]
    BadName(&'static str),
    #[error("SANDBOXD_PORTS must start with a port between 1 and 65535")]
    BadPort,
}

impl Config {
    /// Reads flags and environment; the caller passes both, so that tests can too.
    pub(crate) fn parse(
        flags: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let environment: Vec<_> = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        let lookup = |name: &str| {
            environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let mut config = Self {
            home: HOME.into(),
            run: RUN.into(),
            templates: TEMPLATES.into(),
            template: name("SANDBOXD_TEMPLATE", lookup("SANDBOXD_TEMPLATE"))?
                .unwrap_or_else(|| DEFAULT_TEMPLATE.to_owned()),
            git_reset: name("SANDBOXD_GIT_RESET", lookup("SANDBOXD_GIT_RESET"))?,
            port: first_port(lookup("SANDBOXD_PORTS"))?,
            await_environment: lookup("SANDBOXD_AWAIT_ENVIRONMENT").is_some_and(|v| v == "1"),
            environment: Vec::new(),
        };
        config.read_flags(flags)?;
        config.environment = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), lookup(name)?)))
            .chain([
                ("HOME".to_owned(), config.home.clone().into_os_string()),
                ("PATH".to_owned(), lookup("PATH").unwrap_or_else(|| DEFAULT_PATH.into())),
            ])
            .collect();
        Ok(config)
    }

    fn read_flags(&mut self, flags: impl IntoIterator<Item = OsString>) -> Result<(), ConfigError> {
        let mut flags = flags.into_iter();
        while let Some(flag) = flags.next() {
            let (name, target) = match flag.to_str() {
                Some("--home") => ("--home", &mut self.home),
                Some("--run") => ("--run", &mut self.run),
                Some("--templates") => ("--templates", &mut self.templates),
                _ => return Err(ConfigError::UnknownFlag(flag)),
            };
            *target = flags
                .next()
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .ok_or(ConfigError::NeedsPath(name))?;
        }
        Ok(())
    }

    /// The environment of a program in the sandbox: what is its own, and `extra` beside it.
    ///
    /// The supervisor's own words on where things are win: an app that is told another port than
    /// the one that is watched would never be seen running.
    pub(crate) fn environment_with(
        &self,
        extra: impl IntoIterator<Item = (String, String)>,
    ) -> BTreeMap<String, OsString> {
        let mut all: BTreeMap<_, _> = self.environment.iter().cloned().collect();
        all.extend(extra.into_iter().map(|(name, value)| (name, value.into())));
        let own = self.environment.iter().filter(|(name, _)| OWN.contains(&name.as_str()));
        all.extend(own.cloned());
        all.insert("PORT".to_owned(), self.port.to_string().into());
        all.insert("HOST".to_owned(), "0.0.0.0".into());
        all
    }

    /// Where programs are looked for.
    pub(crate) fn search_path(&self) -> &OsStr {
        let path = self.environment.iter().find(|(name, _)| name == "PATH");
        path.map_or(OsStr::new(""), |(_, value)| value)
    }

    /// The app folder: what the dev server runs in and the file API shows.
    pub(crate) fn app(&self) -> PathBuf {
        self.home.join("app")
    }

    /// Where the supervisor keeps its own marks in the workspace.
    pub(crate) fn state(&self) -> PathBuf {
        self.home.join(".sandboxd")
    }
}

/// A name from the environment; empty counts as absent.
fn name(variable: &'static str, value: Option<OsString>) -> Result<Option<String>, ConfigError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    value
        .to_str()
        .filter(|text| is_name(text))
        .map(str::to_owned)
        .map(Some)
        .ok_or(ConfigError::BadName(variable))
}

/// Whether this may stand in a path: no separators, no dots, not empty, not long.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn first_port(ports: Option<OsString>) -> Result<u16, ConfigError> {
    let Some(ports) = ports.filter(|ports| !ports.is_empty()) else { return Ok(DEFAULT_PORT) };
    ports
        .to_str()
        .and_then(|text| text.split(',').next())
        .and_then(|text| text.trim().parse().ok())
        .filter(|port| *port != 0)
        .ok_or(ConfigError::BadPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str], environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(
            flags.iter().map(OsString::from),
            environment.iter().map(|(name, value)| (name.into(), value.into())),
        )
    }

    #[test]
    fn without_anything_the_image_layout_holds() {
        let config = parse(&[], &[]).unwrap();
        assert_eq!(config.app(), PathBuf::from("/home/sandbox/app"));
        assert_eq!(config.template, "blank");
        assert_eq!(config.port, 3000);
        assert_eq!(config.git_reset, None);
    }

    #[test]
    fn the_first_port_is_the_dev_servers() {
        assert_eq!(parse(&[], &[("SANDBOXD_PORTS", "5173,9229")]).unwrap().port, 5173);
        for bad in ["0", "x", "70000", ",3000"] {
            assert_eq!(parse(&[], &[("SANDBOXD_PORTS", bad)]), Err(ConfigError::BadPort), "{bad}");
        }
    }

    #[test]
    fn names_cannot_leave_their_folder() {
        for bad in ["..", "a/b", ".", "a b", &"x".repeat(65)] {
            let refused = Err(ConfigError::BadName("SANDBOXD_TEMPLATE"));
            assert_eq!(parse(&[], &[("SANDBOXD_TEMPLATE", bad)]), refused, "{bad}");
        }
    }

    #[test]
    fn our_own_variables_stay_out_of_the_environment() {
        let config =
            parse(&["--home", "/w"], &[("SANDBOXD_TEMPLATE", "x"), ("SECRET", "s"), ("TZ", "UTC")])
                .unwrap();
        let names: Vec<_> = config.environment.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["TZ", "HOME", "PATH"]);
        assert_eq!(config.environment[1].1, "/w");
    }

    #[test]
    fn given_variables_win_but_over_our_own() {
        let config =
            parse(&["--home", "/w"], &[("TZ", "UTC"), ("SANDBOXD_PORTS", "5173")]).unwrap();
        let given =
            ["TZ", "HOME", "PORT", "PATH", "X"].map(|name| (name.to_owned(), "g".to_owned()));
        let all = config.environment_with(given);
        let expected = [
            ("HOME", "/w"),
            ("HOST", "0.0.0.0"),
            ("PATH", DEFAULT_PATH),
            ("PORT", "5173"),
            ("TZ", "g"),
            ("X", "g"),
        ];
        assert_eq!(all, expected.map(|(name, value)| (name.to_owned(), value.into())).into());
    }

    #[test]
    fn flags_take_absolute_paths_only() {
        assert_eq!(parse(&["--run", "x"], &[]), Err(ConfigError::NeedsPath("--run")));
        assert_eq!(parse(&["--run"], &[]), Err(ConfigError::NeedsPath("--run")));
        assert_eq!(parse(&["--rnu"], &[]), Err(ConfigError::UnknownFlag("--rnu".into())));
    }
}
