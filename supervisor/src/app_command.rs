//! Finds out how an app is started: `sandbox.yaml`, else package.json, else the template's default;
//! and how it is built: the first two of them.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::bounded_read::read_text;
use crate::sandbox_yaml::{self, Commands, YamlError};

/// Largest `sandbox.yaml` or template default that is read, bytes.
const MAX_YAML: u64 = 64 * 1024;
/// Largest `package.json` that is read, bytes.
const MAX_PACKAGE_JSON: u64 = 1024 * 1024;

/// What to run in the app folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppCommand {
    /// Run to completion before the dev server, when dependencies are missing.
    pub(crate) install: Option<Vec<String>>,
    /// The dev server.
    pub(crate) serve: Vec<String>,
}

/// Why an app that says how it is started couldn't be understood.
#[derive(Debug, Error)]
pub(crate) enum CommandError {
    #[error("reading {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    Yaml { path: PathBuf, source: YamlError },
    #[error("{path}: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
}

/// Looks at the app as it is now. `None`: it doesn't say how, and neither does its template.
///
/// `default` is the template's own file, in the syntax of `sandbox.yaml`; `path` is the `PATH`
/// that decides whether yarn can be used.
pub(crate) fn detect(
    app: &Path,
    default: Option<&Path>,
    path: &OsStr,
) -> Result<Option<AppCommand>, CommandError> {
    let package_manager = PackageManager::of(app, path);
    let serve = match from_yaml(&app.join("sandbox.yaml"))?.command {
        Some(command) => Some(command),
        None => match from_package_json(app, package_manager, &["dev", "start"])? {
            Some(command) => Some(command),
            None => default.map(from_yaml).transpose()?.and_then(|commands| commands.command),
        },
    };
    let install = package_manager.install(app);
    Ok(serve.map(|serve| AppCommand { install, serve }))
}

/// How the app is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildCommand {
    pub(crate) argv: Vec<String>,
    pub(crate) source: BuildSource,
}

/// The file that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum BuildSource {
    #[serde(rename = "sandbox.yaml")]
    SandboxYaml,
    #[serde(rename = "package.json")]
    PackageJson,
}

/// Looks at the app as it is now. `None`: it doesn't say that it is built.
pub(crate) fn detect_build(app: &Path, path: &OsStr) -> Result<Option<BuildCommand>, CommandError> {
    if let Some(argv) = from_yaml(&app.join("sandbox.yaml"))?.build {
        return Ok(Some(BuildCommand { argv, source: BuildSource::SandboxYaml }));
    }
    let argv = from_package_json(app, PackageManager::of(app, path), &["build"])?;
    Ok(argv.map(|argv| BuildCommand { argv, source: BuildSource::PackageJson }))
}

fn from_yaml(path: &Path) -> Result<Commands, CommandError> {
    let text = read_text(path, MAX_YAML)
        .map_err(|source| CommandError::Read { path: path.into(), source })?;
    let commands = text.map(|text| sandbox_yaml::parse(&text)).transpose();
    commands
        .map(Option::unwrap_or_default)
        .map_err(|source| CommandError::Yaml { path: path.into(), source })
}

/// The first of these scripts that there is.
fn from_package_json(
    app: &Path,
    package_manager: PackageManager,
    scripts: &[&str],
) -> Result<Option<Vec<String>>, CommandError> {
    let path = &app.join("package.json");
    let text = read_text(path, MAX_PACKAGE_JSON)
        .map_err(|source| CommandError::Read { path: path.into(), source })?;
    let Some(text) = text else { return Ok(None) };
    let package: Value = serde_json::from_str(&text)
        .map_err(|source| CommandError::Json { path: path.into(), source })?;
    let script = scripts.iter().find(|name| package["scripts"][**name].is_string());
    Ok(script.map(|script| argv(&[package_manager.program(), "run", script])))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PackageManager {
    Npm,
    Pnpm,
    Yarn,
}

impl PackageManager {
    /// The one whose lockfile is there; npm where there is none or it isn't installed.
    fn of(app: &Path, path: &OsStr) -> Self {
        if app.join("pnpm-lock.yaml").is_file() {
            Self::Pnpm
        } else if app.join("yarn.lock").is_file() && on_path("yarn", path) {
            Self::Yarn
        } else {
            Self::Npm
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
        }
    }

    /// The installation, if a lockfile of any kind is there and its result isn't.
    fn install(self, app: &Path) -> Option<Vec<String>> {
        let locked = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"]
            .iter()
            .any(|lock| app.join(lock).is_file());
        if !locked || app.join("node_modules").exists() || !app.join("package.json").is_file() {
            return None;
        }
        // Not `npm ci`: a lockfile that an edit of package.json left behind is no reason to stop.
        Some(match self {
            Self::Npm => argv(&["npm", "install", "--no-audit", "--no-fund", "--no-progress"]),
            Self::Pnpm => argv(&["pnpm", "install", "--no-frozen-lockfile"]),
            Self::Yarn => argv(&["yarn", "install", "--non-interactive"]),
        })
    }
}

fn on_path(program: &str, path: &OsStr) -> bool {
    std::env::split_paths(path).any(|dir| dir.join(program).is_file())
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// An app folder with these files.
    fn app(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let app = dir.path().join("app");
        for (name, text) in files {
            let path = app.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (dir, app)
    }

    /// What is detected in it.
    fn detected(files: &[(&str, &str)]) -> Result<Option<AppCommand>, CommandError> {
        let (_dir, app) = app(files);
        let bin = app.join("../bin");
        detect(&app, Some(&app.join("../default.yaml")), bin.as_os_str())
    }

    fn serve(files: &[(&str, &str)]) -> Vec<String> {
        detected(files).unwrap().unwrap().serve
    }

    const DEV: &str = r#"{"scripts":{"start":"a","dev":"b"}}"#;

    #[test]
    fn sandbox_yaml_beats_package_json_beats_the_default() {
        let yaml = ("sandbox.yaml", "command: [one]");
        let package = ("package.json", DEV);
        let default = ("../default.yaml", "command: [three]");
        assert_eq!(serve(&[yaml, package, default]), ["one"]);
        assert_eq!(serve(&[package, default]), ["npm", "run", "dev"]);
        assert_eq!(serve(&[("package.json", "{}"), default]), ["three"]);
        assert_eq!(detected(&[("x", "")]).unwrap(), None);
    }

    #[test]
    fn scripts_dev_then_start() {
        let start = r#"{"scripts":{"start":"a","dev":3}}"#;
        assert_eq!(serve(&[("package.json", start)]), ["npm", "run", "start"]);
    }

    #[test]
    fn the_lockfile_names_the_package_manager() {
        let package = ("package.json", DEV);
        let yarn = ("yarn.lock", "");
        assert_eq!(serve(&[package, ("pnpm-lock.yaml", "")])[0], "pnpm");
        assert_eq!(serve(&[package, yarn])[0], "npm", "yarn isn't installed");
        assert_eq!(serve(&[package, yarn, ("../bin/yarn", "")])[0], "yarn");
    }

    #[test]
    fn a_build_is_found_in_the_same_places_but_the_template() {
        let build = |files: &[_]| {
            let (_dir, app) = app(files);
            let build = detect_build(&app, app.join("../bin").as_os_str()).unwrap();
            build.map(|build| (build.argv.join(" "), build.source))
        };
        let yaml = ("sandbox.yaml", "command: a\nbuild: [make, all]");
        let package = ("package.json", r#"{"scripts":{"build":"vite build"}}"#);
        let found = |argv: &str, source| Some((argv.to_owned(), source));
        assert_eq!(build(&[yaml, package]), found("make all", BuildSource::SandboxYaml));
        assert_eq!(build(&[package]), found("npm run build", BuildSource::PackageJson));
        let only_command = ("sandbox.yaml", "command: a");
        let lock = ("pnpm-lock.yaml", "");
        let of_pnpm = found("pnpm run build", BuildSource::PackageJson);
        assert_eq!(build(&[only_command, package, lock]), of_pnpm);
        assert_eq!(build(&[("package.json", DEV), ("../default.yaml", "build: b")]), None);
        assert_eq!(serve(&[("sandbox.yaml", "build: b"), ("package.json", DEV)])[2], "dev");
    }

    #[test]
    fn installs_only_what_is_locked_and_missing() {
        let package = ("package.json", DEV);
        let lock = ("package-lock.json", "{}");
        let install = |files: &[_]| detected(files).unwrap().unwrap().install;
        assert_eq!(install(&[package]), None);
        assert_eq!(install(&[package, lock, ("node_modules/x", "")]), None);
        assert_eq!(install(&[package, lock]).unwrap()[..2], ["npm", "install"]);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_an_error_not_a_fallback() {
        let default = ("../default.yaml", "command: [three]");
        let yaml = detected(&[("sandbox.yaml", "port: 1"), default]);
        assert!(matches!(yaml, Err(CommandError::Yaml { .. })), "{yaml:?}");
        let json = detected(&[("package.json", "{"), default]);
        assert!(matches!(json, Err(CommandError::Json { .. })), "{json:?}");
        let large = " ".repeat(64 * 1024 + 1);
        let read = detected(&[("sandbox.yaml", &large), default]);
        assert!(matches!(read, Err(CommandError::Read { .. })), "{read:?}");
    }
}
