//! `files.write`: a file replaced as a whole, or not at all.

use std::io;

use rustix::fs::{AtFlags, FileType, Stat, statat};
use rustix::io::Errno;
use serde::Serialize;

use std::os::fd::OwnedFd;

use super::app_path::AppPath;
use super::descent::type_of;
use super::fault;
use super::home::Home;
use super::uploads::Upload;
use crate::framing::kind;
use crate::protocol::Refusal;
use crate::stream::Stream;

/// Largest file that is taken, bytes.
const MAX_BYTES: u64 = 25 * 1024 * 1024;
/// Most that is read and thrown away after it failed, so that the caller comes to read why.
const MAX_IGNORED: u64 = MAX_BYTES;
const DEFAULT_MODE: u32 = 0o644;

#[derive(Serialize)]
struct End {
    created: bool,
    bytes: u64,
}

/// Takes the bytes that the caller sends and puts them where the path says.
pub(crate) fn write(
    home: &Home,
    path: &AppPath,
    mode: Option<u32>,
    stream: &mut Stream,
) -> io::Result<()> {
    let target = match Target::find(home, path) {
        Ok(target) => target,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    let upload = match Upload::begin(home) {
        Ok(upload) => upload,
        Err(error) => return stream.answer(Err(fault("the folder for uploads", error))),
    };
    stream.answer(Ok(serde_json::Map::new()))?;
    let Some(received) = receive(upload, path, stream)? else { return Ok(()) };
    let end = received
        .and_then(|(upload, bytes)| target.put(upload, mode).map(|created| End { created, bytes }));
    stream.end(end)
}

/// Collects input up to its end. `None` if the caller went away before.
fn receive(
    mut upload: Upload,
    path: &AppPath,
    stream: &mut Stream,
) -> io::Result<Option<Result<(Upload, u64), Refusal>>> {
    let (mut bytes, mut failed) = (0, None);
    loop {
        let Some(frame) = stream.next()? else { return Ok(None) };
        if frame.kind != kind::INPUT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if frame.payload.is_empty() {
            return Ok(Some(failed.map_or(Ok((upload, bytes)), Err)));
        }
        bytes += frame.payload.len() as u64;
        if bytes > MAX_BYTES {
            let text = format!("{}: a file has at most {MAX_BYTES} bytes", path.as_str());
            failed.get_or_insert(Refusal::new("too_large", text));
        }
        if bytes > MAX_BYTES + MAX_IGNORED {
            return Ok(Some(failed.map_or(Ok((upload, bytes)), Err)));
        }
        if failed.is_none() {
            failed = upload.write(&frame.payload).err().map(|error| fault(path.as_str(), error));
        }
    }
}

/// The folder and the name in it.
struct Target<'a> {
    path: &'a AppPath,
    folder: OwnedFd,
    name: &'a str,
}

impl<'a> Target<'a> {
    fn find(home: &Home, path: &'a AppPath) -> Result<Self, Refusal> {
        let tree = home.app()?;
        let Some((folder, name)) = path.split() else {
            return Err(Refusal::new("is_the_root", "the app folder itself can't be written"));
        };
        let folder = tree.made_directory(&folder)?;
        let target = Self { path, folder, name };
        target.old()?;
        Ok(target)
    }

    /// What is to be replaced: a file or a link, never anything else.
    fn old(&self) -> Result<Option<Stat>, Refusal> {
        let at = |error| fault(self.path.as_str(), error);
        match statat(&self.folder, self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => match type_of(&stat) {
                FileType::RegularFile | FileType::Symlink => Ok(Some(stat)),
                _ => Err(at(Errno::ISDIR)),
            },
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(at(error)),
        }
    }

    /// Returns whether it is new.
    fn put(&self, upload: Upload, mode: Option<u32>) -> Result<bool, Refusal> {
        let old = self.old()?;
        let kept = old.filter(|stat| type_of(stat) == FileType::RegularFile);
        let mode = mode.or(kept.map(|stat| stat.st_mode & 0o777)).unwrap_or(DEFAULT_MODE);
        upload
            .put(&self.folder, self.name, mode)
            .map_err(|error| fault(self.path.as_str(), error))?;
        Ok(old.is_none())
    }
}
