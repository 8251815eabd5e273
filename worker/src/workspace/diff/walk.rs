//! Two merged trees, walked side by side.

use super::APP;
use super::change::{Change, Diff, DiffOptions, FileKind};
use super::content::{Reading, same_target};
use super::entry::{Entry, Found};
use super::left_out::LeftOut;
use super::lineage::{Lineage, not_shared};
use super::names::{Names, Touched};
use crate::workspace::below::{join, open_below};
use crate::workspace::error::Result;
use crate::workspace::layout::Layout;
use crate::workspace::names::Chain;
use crate::workspace::view::View;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Instant;

/// Bytes of folders that are still to be looked at.
const PENDING_MAX: usize = 8 << 20;
/// What a folder takes beside its path and layers.
const PENDING_COST: usize = 64;

/// Compares the app folders of two snapshots.
pub(in crate::workspace) fn compare(
    layout: &Layout,
    view: impl Fn(&Chain) -> Result<View>,
    before: &Lineage,
    after: &Lineage,
    options: &DiffOptions,
) -> Result<Diff> {
    let layers = match not_shared(before, after) {
        Some(layers) if layers.is_empty() => return Ok(Diff::default()),
        layers => layers,
    };
    let views = [view(&before.chain)?, view(&after.chain)?];
    let touched = match &layers {
        Some(layers) => Touched::In((0..layers.len()).collect()),
        None => Touched::All,
    };
    let layers = layers.iter().flatten().map(|layer| layout.layer(layer)).collect();
    Walk::new(layout.layers(), views, layers, options)?.run(touched)
}

/// A folder to be looked at.
struct Pending {
    path: CString,
    touched: Touched,
}

impl Pending {
    /// About how many bytes it takes.
    fn cost(&self) -> usize {
        let layers = match &self.touched {
            Touched::All => 0,
            Touched::In(layers) => size_of_val(&layers[..]),
        };
        self.path.as_bytes().len() + layers + PENDING_COST
    }
}

struct Walk<'a> {
    /// For errors.
    root: PathBuf,
    views: [View; 2],
    layers: Vec<PathBuf>,
    options: &'a DiffOptions,
    /// None where everything is wanted.
    left_out: Option<LeftOut>,
    pending: Vec<Pending>,
    pending_bytes: usize,
    reading: Reading,
    found: Diff,
    path_bytes: usize,
}

impl<'a> Walk<'a> {
    fn new(
        root: PathBuf,
        views: [View; 2],
        layers: Vec<PathBuf>,
        options: &'a DiffOptions,
    ) -> Result<Self> {
        let reading =
            Reading { left: options.contents_max, deadline: Instant::now() + options.time };
        let left_out = match options.everything {
            true => None,
            false => Some(LeftOut::by_rules_of(&views, &root)?),
        };
        Ok(Self {
            root,
            views,
            layers,
            options,
            left_out,
            pending: Vec::new(),
            pending_bytes: 0,
            reading,
            found: Diff::default(),
            path_bytes: 0,
        })
    }

    fn run(mut self, touched: Touched) -> Result<Diff> {
        let top = CString::from(c".");
        if let Some(touched) = self.narrow(&top, touched)? {
            self.look_later(&top, APP, touched);
        }
        while let Some(folder) = self.pending.pop() {
            self.pending_bytes -= folder.cost();
            self.look_at(&folder)?;
            if self.is_late() {
                self.found.truncated = true;
            }
            if self.is_late() || self.is_full() {
                break;
            }
        }
        self.found.changes.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(self.found)
    }

    /// Where to look in the app folder, if it may differ at all.
    fn narrow(&self, top: &CString, touched: Touched) -> Result<Option<Touched>> {
        let Touched::In(indexes) = &touched else { return Ok(Some(touched)) };
        Ok(match Names::of_layers(&self.layers, indexes, top)? {
            Some(mut names) => names.found.remove(APP),
            None => Some(Touched::All),
        })
    }

    fn look_at(&mut self, folder: &Pending) -> Result<()> {
        let [before, after] = self.open(&folder.path)?;
        let both = [before.as_ref(), after.as_ref()];
        let listed = match &folder.touched {
            Touched::In(indexes) if before.is_some() && after.is_some() => {
                Names::of_layers(&self.layers, indexes, &folder.path)?
            }
            _ => None,
        };
        let names = match listed {
            Some(names) => names,
            None => Names::of_directories(both, &self.root)?,
        };
        self.found.truncated |= names.cut;
        for (name, touched) in names.found {
            if self.is_late() || self.is_full() {
                break;
            }
            self.compare_entry(folder, &name, touched, both)?;
        }
        Ok(())
    }

    fn open(&self, path: &CString) -> Result<[Option<OwnedFd>; 2]> {
        let [before, after] = &self.views;
        Ok([open_below(before, path, &self.root)?, open_below(after, path, &self.root)?])
    }

    fn compare_entry(
        &mut self,
        folder: &Pending,
        name: &CStr,
        touched: Touched,
        [before_in, after_in]: [Option<&OwnedFd>; 2],
    ) -> Result<()> {
        let before = self.entry(folder, before_in, name)?;
        let after = self.entry(folder, after_in, name)?;
        match (Entry::is_directory(&before), Entry::is_directory(&after)) {
            (true, true) => self.look_later(&folder.path, name, touched),
            (false, false) => {}
            _ => self.look_later(&folder.path, name, Touched::All),
        }
        let (before, after) = (Entry::file(&before), Entry::file(&after));
        let differs = match (&before, &after) {
            (Some(one), Some(other)) => {
                let both = before_in.zip(after_in).expect("invariant: a file has a folder");
                self.differ(one, other, both.into(), name)?
            }
            (None, None) => false,
            _ => true,
        };
        if differs {
            self.note(folder, name, before, after);
        }
        Ok(())
    }

    /// What is there, but for what is left out.
    fn entry(
        &self,
        folder: &Pending,
        directory: Option<&OwnedFd>,
        name: &CStr,
    ) -> Result<Option<Entry>> {
        let Some(directory) = directory else { return Ok(None) };
        let found = Entry::of(directory, name, &self.root)?;
        let is_left_out = |entry: &Entry| match &self.left_out {
            Some(left_out) if matches!(entry, Entry::Directory) => {
                left_out.has(&below_app(&folder.path), name)
            }
            _ => false,
        };
        Ok(found.filter(|entry| !is_left_out(entry)))
    }

    fn differ(
        &mut self,
        before: &Found,
        after: &Found,
        folders: [&OwnedFd; 2],
        name: &CStr,
    ) -> Result<bool> {
        if before.is_same(after) {
            return Ok(false);
        }
        if before.state != after.state {
            return Ok(true);
        }
        if before.state.kind == FileKind::Symlink {
            return Ok(!same_target(folders, name, &self.root)?);
        }
        let same = self.reading.same_bytes(folders, name, &self.root)?;
        Ok(!same.unwrap_or(before.modified == after.modified))
    }

    fn note(&mut self, folder: &Pending, name: &CStr, before: Option<Found>, after: Option<Found>) {
        if self.found.changes.len() >= self.options.files_max {
            self.found.truncated = true;
            return;
        }
        let path = below_app(&folder.path).join(OsStr::from_bytes(name.to_bytes()));
        self.path_bytes += path.as_os_str().len();
        if self.path_bytes > self.options.paths_max {
            self.found.truncated = true;
            return;
        }
        let state = |found: Found| found.state;
        let (before, after) = (before.map(state), after.map(state));
        self.found.changes.push(Change { path, before, after });
    }

    fn look_later(&mut self, parent: &CString, name: &CStr, touched: Touched) {
        let Some(path) = join(parent, name.to_bytes()) else {
            self.found.truncated = true;
            return;
        };
        if self.pending_bytes > PENDING_MAX {
            self.found.truncated = true;
            return;
        }
        let folder = Pending { path, touched };
        self.pending_bytes += folder.cost();
        self.pending.push(folder);
    }

    /// A change that is listed no more was seen.
    fn is_full(&self) -> bool {
        self.found.truncated
            && (self.found.changes.len() >= self.options.files_max
                || self.path_bytes > self.options.paths_max)
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.reading.deadline
    }
}

/// The path of a folder without the app folder's, which it begins with.
fn below_app(path: &CString) -> PathBuf {
    let app = join(&CString::from(c"."), APP.to_bytes()).expect("invariant: it is short");
    let rest = path.as_bytes().strip_prefix(app.as_bytes()).unwrap_or_default();
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    PathBuf::from(OsStr::from_bytes(rest))
}
