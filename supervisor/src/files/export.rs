//! `files.export`: a folder as a ZIP, made while it is sent.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat, readlinkat};
use rustix::io::Errno;
use serde::Serialize;

use super::app_path::{AppPath, MAX_PATH};
use super::archive::Archive;
use super::descent::{Descent, type_of};
use super::fault;
use super::home::Home;
use super::list::joined;
use super::names::first;
use crate::protocol::Refusal;
use crate::stream::Stream;

/// Most entries of an export.
const MAX_ENTRIES: usize = 200_000;
/// Most bytes of all files together, before compression.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Most bytes of all names together: a ZIP keeps them until its end.
const MAX_NAMES: usize = 32 * 1024 * 1024;

#[derive(Serialize)]
struct End {
    entries: usize,
    bytes: u64,
    skipped: usize,
}

/// Why an export ends early.
enum Stop {
    /// For a reason that the caller is told.
    Refused(Refusal),
    /// The caller is gone or doesn't read.
    Cut(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Cut(error)
    }
}

/// Sends what is beneath the path, named from it, but for the excluded paths.
pub(crate) fn export(
    home: &Home,
    path: &AppPath,
    exclude: &[AppPath],
    stream: &mut Stream,
) -> io::Result<()> {
    let opened = home
        .app()
        .and_then(|tree| tree.directory(path))
        .and_then(|folder| Descent::new(folder).map_err(|error| fault(path.or_dot(), error)));
    let descent = match opened {
        Ok(descent) => descent,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    stream.answer(Ok(serde_json::Map::new()))?;
    let start = path.as_str().as_bytes().to_vec();
    let mut export = Export {
        descent,
        exclude,
        strip: if start.is_empty() { 0 } else { start.len() + 1 },
        path: start,
        waiting: Vec::new(),
        archive: Archive::new(stream),
        entries: 0,
        names: 0,
        bytes: 0,
        skipped: 0,
    };
    match export.walk() {
        Ok(()) => {
            let Export { archive, entries, bytes, skipped, .. } = export;
            archive.finish()?;
            stream.end(Ok(End { entries, bytes, skipped }))
        }
        Err(Stop::Refused(refusal)) => stream.end(Err::<(), _>(refusal)),
        Err(Stop::Cut(error)) => Err(error),
    }
}

struct Export<'a> {
    descent: Descent,
    exclude: &'a [AppPath],
    /// Of the folder we are in, from the app folder; the first `strip` bytes aren't in the names.
    path: Vec<u8>,
    strip: usize,
    waiting: Vec<VecDeque<CString>>,
    archive: Archive<'a>,
    entries: usize,
    names: usize,
    bytes: u64,
    skipped: usize,
}

impl Export<'_> {
    fn walk(&mut self) -> Result<(), Stop> {
        self.look()?;
        while let Some(names) = self.waiting.last_mut() {
            if let Some(name) = names.pop_front() {
                self.add(&name)?;
                continue;
            }
            self.waiting.pop();
            if !self.waiting.is_empty() {
                self.descent.leave().map_err(|error| self.refused(error))?;
                let end = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                self.path.truncate(end);
            }
        }
        Ok(())
    }

    /// Notes what is in the folder we are in.
    fn look(&mut self) -> Result<(), Stop> {
        let names = match first(self.descent.folder(), MAX_ENTRIES + 1) {
            Ok(names) => names,
            Err(Errno::NOENT) => VecDeque::new(),
            Err(error) => return Err(self.refused(error)),
        };
        self.waiting.push(names);
        let waiting: usize = self.waiting.iter().map(VecDeque::len).sum();
        if self.entries + waiting > MAX_ENTRIES {
            return Err(too_large(&format!("more than {MAX_ENTRIES} entries")));
        }
        Ok(())
    }

    fn add(&mut self, name: &CStr) -> Result<(), Stop> {
        let path = joined(&self.path, name);
        if self.exclude.iter().any(|excluded| excluded.holds(&path)) {
            return Ok(());
        }
        if path.len() > MAX_PATH {
            return Err(too_large(&format!("a path of more than {MAX_PATH} bytes")));
        }
        let stat = match self.descent.stat(name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) => return Err(self.refused(error)),
        };
        self.names += path.len();
        if self.names > MAX_NAMES {
            return Err(too_large(&format!("names of more than {MAX_NAMES} bytes")));
        }
        match type_of(&stat) {
            FileType::Directory => self.add_folder(name, path, &stat),
            FileType::RegularFile => self.add_file(name, &path),
            FileType::Symlink => match readlinkat(self.descent.folder(), name, Vec::new()) {
                Ok(target) => {
                    self.entries += 1;
                    Ok(self.archive.link(&path[self.strip..], &stat, target.as_bytes())?)
                }
                Err(_) => self.skip(),
            },
            _ => self.skip(),
        }
    }

    fn add_folder(&mut self, name: &CStr, path: Vec<u8>, stat: &Stat) -> Result<(), Stop> {
        self.entries += 1;
        self.archive.folder(&path[self.strip..], stat)?;
        match self.descent.enter(name) {
            Ok(()) => {
                self.path = path;
                self.look()
            }
            Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => Err(self.refused(Errno::MFILE)),
            Err(_) => self.skip(),
        }
    }

    fn add_file(&mut self, name: &CStr, path: &[u8]) -> Result<(), Stop> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(self.descent.folder(), name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => {
                return Err(self.refused(error));
            }
            Err(_) => return self.skip(),
        };
        // It can have been replaced since; a FIFO opened without blocking is left alone.
        let stat = fstat(&file).map_err(|error| self.refused(error))?;
        if type_of(&stat) != FileType::RegularFile {
            return self.skip();
        }
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        if size > MAX_BYTES - self.bytes {
            return Err(too_large(&format!("files of more than {MAX_BYTES} bytes")));
        }
        self.entries += 1;
        self.bytes += self.archive.file(&path[self.strip..], &stat, File::from(file), size)?;
        Ok(())
    }

    fn skip(&mut self) -> Result<(), Stop> {
        self.skipped += 1;
        Ok(())
    }

    fn refused(&self, error: Errno) -> Stop {
        Stop::Refused(fault(String::from_utf8_lossy(&self.path), error))
    }
}

fn too_large(what: &str) -> Stop {
    Stop::Refused(Refusal::new("too_large", format!("the export would have {what}")))
}
