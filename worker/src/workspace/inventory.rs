//! What is on disk, for the reconciler to compare with the rows.

use super::error::{Error, Result};
use super::layout::Layout;
use super::names::{EMPTY, Generation, LayerName};
use std::fs::{self, DirEntry};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Everything under a node's data directory that belongs to workspaces, but for the trash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    pub generations: Vec<GenerationEntry>,
    pub layers: Vec<LayerEntry>,
    pub tmp: Vec<TmpEntry>,
    /// Names that nothing here makes. Never touched.
    pub foreign: Vec<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationEntry {
    pub generation: Generation,
    /// False once the upper was sealed: the rest can be discarded.
    pub has_upper: bool,
    /// When its inode last changed, Unix milliseconds: at the latest when it got its name.
    pub changed_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerEntry {
    pub layer: LayerName,
    /// As in [`GenerationEntry`].
    pub changed_ms: i64,
}

/// A copy that is under way, was not published yet, or was left by a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TmpEntry {
    pub(super) name: String,
    /// As in [`GenerationEntry`].
    pub changed_ms: i64,
}

impl TmpEntry {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

pub(super) fn list(layout: &Layout) -> Result<Inventory> {
    let mut found = Inventory::default();
    for entry in entries(&layout.generations())? {
        list_sandbox(layout, &entry, &mut found)?;
    }
    for entry in entries(&layout.layers())? {
        let Some((name, changed_ms)) = describe(&entry)? else { continue };
        match LayerName::new(name) {
            Ok(layer) => found.layers.push(LayerEntry { layer, changed_ms }),
            Err(_) if entry.file_name() == EMPTY => {}
            Err(_) => found.foreign.push(entry.path()),
        }
    }
    for entry in entries(&layout.tmp())? {
        let Some((name, changed_ms)) = describe(&entry)? else { continue };
        found.tmp.push(TmpEntry { name, changed_ms });
    }
    Ok(found)
}

fn list_sandbox(layout: &Layout, sandbox: &DirEntry, found: &mut Inventory) -> Result<()> {
    if !sandbox.file_type().is_ok_and(|kind| kind.is_dir()) {
        found.foreign.push(sandbox.path());
        return Ok(());
    }
    let owner = sandbox.file_name().to_string_lossy().into_owned();
    for entry in entries(&sandbox.path())? {
        let Some((name, changed_ms)) = describe(&entry)? else { continue };
        let number = name.strip_prefix('g').and_then(|digits| digits.parse().ok());
        let generation = number.and_then(|number| Generation::new(owner.clone(), number).ok());
        // `g01` parses too, but is not where generation 1 lives.
        match generation.filter(|parsed| layout.generation(parsed) == entry.path()) {
            Some(generation) => found.generations.push(GenerationEntry {
                has_upper: super::blocking::exists(&layout.upper(&generation))?,
                generation,
                changed_ms,
            }),
            None => found.foreign.push(entry.path()),
        }
    }
    Ok(())
}

/// The entries of a folder; none if it went meanwhile.
fn entries(folder: &Path) -> Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(Error::at("list", folder)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::at("list", folder)(error)),
    }
}

/// Name and time of change; `None` if it went meanwhile.
fn describe(entry: &DirEntry) -> Result<Option<(String, i64)>> {
    match entry.metadata() {
        Ok(metadata) => {
            let changed_ms =
                metadata.ctime().saturating_mul(1000) + metadata.ctime_nsec() / 1_000_000;
            Ok(Some((entry.file_name().to_string_lossy().into_owned(), changed_ms)))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at("inspect", &entry.path())(error)),
    }
}
