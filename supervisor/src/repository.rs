//! Makes git repositories with one commit of what is there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use thiserror::Error;

use crate::children::{Children, Exit};

/// Longest a single git command may take; adding a large app is the long one.
const GIT_TIMEOUT: Duration = Duration::from_secs(300);

/// Which step of making a repository failed.
#[derive(Debug, Error)]
pub(crate) enum RepositoryError {
    #[error("preparing {path} for git: {source}")]
    Prepare { path: PathBuf, source: io::Error },
    #[error("running git {step}: {source}")]
    Run { step: &'static str, source: io::Error },
    #[error("git {step} ended with {exit:?}")]
    Failed { step: &'static str, exit: Exit },
}

/// Runs git in the environment of the sandbox.
pub(crate) struct Git<'a> {
    pub(crate) children: &'a Children,
    pub(crate) environment: &'a [(String, OsString)],
}

impl Git<'_> {
    /// Makes `<beside>/.git`, a repository whose one commit holds what is in `tree`, and returns
    /// its path. The caller renames it to where it belongs; `beside` is made anew.
    pub(crate) fn first_commit(
        &self,
        tree: &Path,
        beside: &Path,
        message: &str,
    ) -> Result<PathBuf, RepositoryError> {
        let prepare = |source| RepositoryError::Prepare { path: beside.into(), source };
        remove_tree(beside).and_then(|()| fs::create_dir_all(beside)).map_err(prepare)?;
        let repository = beside.join(".git");
        self.run("init", beside, &["init", "--quiet", "--template=", "-b", "main", "."])?;
        let places = [option("--git-dir=", &repository), option("--work-tree=", tree)];
        let in_tree = |step, words: &[&str]| {
            let words = words.iter().map(OsString::from);
            self.run(step, tree, &places.iter().cloned().chain(words).collect::<Vec<_>>())
        };
        in_tree("add", &["add", "--all", "."])?;
        in_tree("commit", &["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message])?;
        Ok(repository)
    }

    fn run(
        &self,
        step: &'static str,
        folder: &Path,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<(), RepositoryError> {
        let mut command = Command::new("git");
        command
            // The user's own settings (signing, hooks, filters) are not for our commit.
            .args(["-c", "gc.auto=0", "-c", "user.name=sandbox", "-c"])
            .arg("user.email=sandbox@localhost")
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let exit = self
            .children
            .run(&mut command, GIT_TIMEOUT)
            .map_err(|source| RepositoryError::Run { step, source })?;
        if exit.success() { Ok(()) } else { Err(RepositoryError::Failed { step, exit }) }
    }
}

/// Removes a file or folder if it is there; a link itself, never what it points to.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}
