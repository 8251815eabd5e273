//! Gives a fork its own git history: one commit of what it starts with, once.

use std::fs;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::Config;
use crate::marker;
use crate::repository::{Git, RepositoryError, remove_tree};

/// What went wrong; the next start does it all again.
#[derive(Debug, Error)]
pub(crate) enum GitResetError {
    #[error("replacing {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Git(#[from] RepositoryError),
}

/// Replaces the app's history if this sandbox was told to and hasn't. The mark holds the sandbox's
/// id, since a fork of a fork finds the mark of the one it came from.
///
/// The new history is made whole before the old one goes. Interrupted anywhere, the next start
/// does all of it again; nothing of the user's runs before it is done.
pub(crate) fn reset(config: &Config, git: &Git<'_>) -> Result<(), GitResetError> {
    if !is_pending(config) {
        return Ok(());
    }
    let Some(sandbox) = &config.git_reset else { return Ok(()) };
    let (app, state) = (config.app(), config.state());
    let at = |source| GitResetError::Io { path: app.join(".git"), source };
    let (new, old) = (state.join("git-new"), state.join("git-old"));
    let repository = git.first_commit(&app, &new, "Start from a fork")?;
    let current = app.join(".git");
    remove_tree(&old).map_err(at)?;
    match fs::rename(&current, &old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other.map_err(at)?,
    }
    fs::rename(&repository, &current).map_err(at)?;
    marker::write(&state.join("git-reset"), sandbox).map_err(at)?;
    remove_tree(&old).and_then(|()| remove_tree(&new)).map_err(at)
}

/// Whether a reset was asked for and isn't done.
pub(crate) fn is_pending(config: &Config) -> bool {
    config.git_reset.is_some()
        && marker::read(&config.state().join("git-reset")) != config.git_reset
}
