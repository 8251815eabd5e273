//! Puts the template into a new workspace, once, and whole however often it is interrupted.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::syncfs;
use thiserror::Error;

use crate::config::{Config, is_name};
use crate::copy_tree::copy_tree;
use crate::marker;
use crate::repository::{Git, RepositoryError, remove_tree};

/// What went wrong; the next start does it all again.
#[derive(Debug, Error)]
pub(crate) enum SeedError {
    #[error("the image has no template {0:?}")]
    NoTemplate(String),
    #[error("{what} {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    #[error(transparent)]
    Git(#[from] RepositoryError),
}

/// Seeds the app folder unless that was done or the app is there already (a fork, a restore).
///
/// The rename is the one moment of change: before it there is no app, after it all of it, with
/// its bytes on the disk. The mark only says that an app that is gone was removed on purpose.
pub(crate) fn seed(config: &Config, git: &Git<'_>) -> Result<(), SeedError> {
    let (app, state) = (config.app(), config.state());
    let mark = state.join("seeded");
    let seeded = marker::read(&mark).is_some();
    let exists = fs::symlink_metadata(&app).is_ok();
    if seeded {
        // Its owner removed it; the dev server and the file API need a folder to stand in.
        return if exists { Ok(()) } else { at("making", &app, fs::create_dir(&app)) };
    }
    if !exists {
        at("making", &state, fs::create_dir_all(&state))?;
        let beside = state.join("seeding");
        at("removing", &beside, remove_tree(&beside))?;
        let template = config.templates.join(&config.template);
        if !template.is_dir() {
            return Err(SeedError::NoTemplate(config.template.clone()));
        }
        at("copying the template to", &beside, copy_tree(&template, &beside))?;
        let scratch = state.join("seeding-git");
        let repository = git.first_commit(&beside, &scratch, "Start from the template")?;
        let target = beside.join(".git");
        at("moving", &repository, fs::rename(&repository, &target))?;
        at("removing", &scratch, remove_tree(&scratch))?;
        at("syncing", &beside, sync_filesystem(&beside))?;
        at("moving", &beside, fs::rename(&beside, &app))?;
    }
    at("marking", &mark, marker::write(&mark, &config.template))
}

/// The template that the app came from: what was seeded (forks carry it), else what we were told.
pub(crate) fn template(config: &Config) -> String {
    marker::read(&config.state().join("seeded"))
        .filter(|name| is_name(name))
        .unwrap_or_else(|| config.template.clone())
}

fn sync_filesystem(path: &Path) -> io::Result<()> {
    Ok(syncfs(File::open(path)?)?)
}

fn at<T>(what: &'static str, path: &Path, result: io::Result<T>) -> Result<T, SeedError> {
    result.map_err(|source| SeedError::Io { what, path: path.into(), source })
}
