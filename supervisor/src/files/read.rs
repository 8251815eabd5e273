//! `files.read`: a regular file's bytes.

use std::io::{self, Read};

use rustix::fs::Stat;
use serde::Serialize;

use super::app_path::AppPath;
use super::fault;
use super::home::Home;
use crate::framing::{MAX_PAYLOAD, kind};
use crate::protocol::{Refusal, body};
use crate::stream::Stream;

#[derive(Serialize)]
struct Reply {
    size: u64,
    mode: u32,
    modified_ms: i64,
}

#[derive(Serialize)]
struct End {
    bytes: u64,
}

/// Sends as many bytes as the file had when it was opened, fewer if it shrinks meanwhile.
pub(crate) fn read(home: &Home, path: &AppPath, stream: &mut Stream) -> io::Result<()> {
    let (mut file, stat) = match home.app().and_then(|tree| tree.file(path)) {
        Ok(found) => found,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    let mode = stat.st_mode & 0o7777;
    stream.answer(body(&Reply { size, mode, modified_ms: modified_ms(&stat) }))?;
    let mut chunk = vec![0; MAX_PAYLOAD];
    let mut bytes = 0;
    while bytes < size {
        let most = usize::try_from(size - bytes).map_or(chunk.len(), |left| left.min(chunk.len()));
        match file.read(&mut chunk[..most]) {
            Ok(0) => break,
            Ok(length) => {
                stream.send(kind::OUTPUT, &chunk[..length])?;
                bytes += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return stream.end(Err::<(), Refusal>(fault(path.as_str(), error))),
        }
    }
    stream.end(Ok(End { bytes }))
}

/// When the contents last changed, milliseconds since 1970.
pub(super) fn modified_ms(stat: &Stat) -> i64 {
    let nanos = i64::try_from(stat.st_mtime_nsec).unwrap_or_default();
    stat.st_mtime.saturating_mul(1000).saturating_add(nanos / 1_000_000)
}
