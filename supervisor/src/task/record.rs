//! Small files in a folder that processes of the sandbox can write to: there whole or not at all,
//! never followed where they are links, never waited for where they are FIFOs.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, fstat, fsync, openat, renameat, renameat_with,
    unlinkat,
};
use rustix::io::Errno;

/// Names tried for what stands in the way.
const TRIES: usize = 10_000;

/// A new file under this name, whatever stood there before.
pub(super) fn create(folder: impl AsFd, name: &str) -> io::Result<File> {
    clear(&folder, name)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(&folder, name, flags, Mode::from_raw_mode(0o600))?.into())
}

/// Opens a regular file to be read. `None` if there is none.
pub(super) fn open(folder: impl AsFd, name: &str) -> io::Result<Option<File>> {
    open_as(folder, name, OFlags::RDONLY)
}

/// Leaves nothing in a regular file, if there is one.
pub(super) fn empty(folder: impl AsFd, name: &str) -> io::Result<()> {
    open_as(folder, name, OFlags::WRONLY)?.map_or(Ok(()), |file| file.set_len(0))
}

fn open_as(folder: impl AsFd, name: &str, access: OFlags) -> io::Result<Option<File>> {
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(&folder, name, flags, Mode::empty()) {
        Ok(file) => file,
        // Nothing, a link, a socket or device that can't be opened.
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let is_file = FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::RegularFile;
    Ok(is_file.then(|| file.into()))
}

/// What is in a regular file of at most `limit` bytes. `None` if there is no such file.
pub(super) fn read(folder: impl AsFd, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = open(folder, name)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Writes the file beside its place and renames it there; it and its name are on the disk then.
pub(super) fn write(folder: impl AsFd, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = format!("{name}.part");
    let mut file = create(&folder, &beside)?;
    let written = file.write_all(bytes).and_then(|()| put(&folder, &file, &beside, name));
    if written.is_err() {
        let _ = remove(&folder, &beside);
    }
    written
}

/// Removes a file if it is there.
pub(super) fn remove(folder: impl AsFd, name: &str) -> io::Result<()> {
    match unlinkat(&folder, name, AtFlags::empty()) {
        Err(error) if error != Errno::NOENT => Err(error.into()),
        _ => Ok(()),
    }
}

/// Gives a written file its name.
pub(super) fn put(folder: impl AsFd, file: &File, from: &str, to: &str) -> io::Result<()> {
    file.sync_all()?;
    clear(&folder, to)?;
    renameat(&folder, from, &folder, to)?;
    Ok(fsync(&folder)?)
}

/// Has nothing stand under this name. What is more than a file is put aside, which takes no time
/// however much is in it.
fn clear(folder: impl AsFd, name: &str) -> io::Result<()> {
    match unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        // What a folder answers, by `unlink(2)` on Linux and by POSIX.
        Err(Errno::ISDIR | Errno::PERM) => set_aside(&folder, name).map(drop),
        Err(error) => Err(error.into()),
    }
}

/// Renames whatever has this name to one that no task can have, and says which.
pub(super) fn set_aside(folder: impl AsFd, name: &str) -> io::Result<Option<String>> {
    for number in 0..TRIES {
        let aside = format!("{name}.gone-{number}");
        match renameat_with(&folder, name, &folder, &aside, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(Some(aside)),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Errno::EXIST.into())
}
