//! The names in a folder, without holding more of them than wanted.

use std::collections::{BinaryHeap, VecDeque};
use std::ffi::{CStr, CString};
use std::os::fd::AsFd;

use rustix::fs::{RawDir, SeekFrom, seek};
use rustix::io::Errno;

/// What `getdents64(2)` fills at a time, bytes; a name needs at most 280.
const BUFFER: usize = 32 * 1024;

/// Gives each name but `.` and `..`, in no order, from the start of the folder, until told to
/// stop. Returns whether it came to the end.
pub(crate) fn scan(folder: impl AsFd, mut each: impl FnMut(&CStr) -> bool) -> Result<bool, Errno> {
    seek(&folder, SeekFrom::Start(0))?;
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut entries = RawDir::new(folder, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let name = match &entry {
            Ok(entry) => entry.file_name(),
            // The folder itself was removed while we were in it.
            Err(Errno::NOENT) => return Ok(true),
            Err(error) => return Err(*error),
        };
        if name != c"." && name != c".." && !each(name) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first `most` names in the order of their bytes, however many there are.
pub(super) fn first(folder: impl AsFd, most: usize) -> Result<VecDeque<CString>, Errno> {
    let mut names: BinaryHeap<CString> = BinaryHeap::new();
    scan(folder, |name| {
        if names.len() < most {
            names.push(name.to_owned());
        } else if let Some(mut last) = names.peek_mut()
            && name < last.as_c_str()
        {
            *last = name.to_owned();
        }
        true
    })?;
    Ok(names.into_sorted_vec().into())
}
