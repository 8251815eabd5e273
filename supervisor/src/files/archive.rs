//! A ZIP that is written as a stream: sizes and checksums come after the bytes.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Write};

use flate2::{Compress, Compression, FlushCompress, Status};
use rawzip::path::EntryPath;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, Crc32, DataDescriptorOutput, ZipArchiveWriter};
use rustix::fs::Stat;

use crate::framing::{MAX_PAYLOAD, kind};
use crate::stream::Stream;

const CHUNK: usize = 64 * 1024;

/// The archive, sent as frames of output.
pub(super) struct Archive<'a> {
    zip: ZipArchiveWriter<Output<'a>>,
    /// One for all files: it is a quarter of a megabyte.
    deflate: Compress,
    read: Vec<u8>,
    packed: Vec<u8>,
}

impl<'a> Archive<'a> {
    pub(super) fn new(stream: &'a mut Stream) -> Self {
        Self {
            zip: ZipArchiveWriter::new(Output { stream, buffer: Vec::new() }),
            deflate: Compress::new(Compression::fast(), false),
            read: vec![0; CHUNK],
            packed: Vec::with_capacity(CHUNK),
        }
    }

    pub(super) fn folder(&mut self, path: &[u8], stat: &Stat) -> io::Result<()> {
        let name = format!("{}/", name(path));
        self.zip
            .new_dir(entry_path(&name))
            .unix_permissions(stat.st_mode)
            .last_modified(UtcDateTime::from_unix(stat.st_mtime))
            .create()
            .map(drop)
            .map_err(io::Error::other)
    }

    pub(super) fn link(&mut self, path: &[u8], stat: &Stat, target: &[u8]) -> io::Result<()> {
        let name = name(path);
        let (mut entry, _) = self
            .zip
            .new_file(entry_path(&name))
            .unix_permissions(stat.st_mode)
            .last_modified(UtcDateTime::from_unix(stat.st_mtime))
            .start()
            .map_err(io::Error::other)?;
        entry.write_all(target)?;
        let sum = DataDescriptorOutput::new(rawzip::crc32(target), target.len() as u64);
        entry.finish(sum).map(drop).map_err(io::Error::other)
    }

    /// Adds at most `size` bytes of the file and returns how many there were. A file that can't be
    /// read on ends there.
    pub(super) fn file(
        &mut self,
        path: &[u8],
        stat: &Stat,
        file: File,
        size: u64,
    ) -> io::Result<u64> {
        let name = name(path);
        let (mut entry, _) = self
            .zip
            .new_file(entry_path(&name))
            .compression_method(CompressionMethod::DEFLATE)
            .unix_permissions(stat.st_mode)
            .last_modified(UtcDateTime::from_unix(stat.st_mtime))
            .start()
            .map_err(io::Error::other)?;
        self.deflate.reset();
        let (mut sum, mut bytes) = (Crc32::new(), 0);
        let mut file = file.take(size);
        loop {
            let length = read_some(&mut file, &mut self.read);
            let chunk = &self.read[..length];
            sum.update(chunk);
            bytes += length as u64;
            let flush = if length == 0 { FlushCompress::Finish } else { FlushCompress::None };
            pack(&mut self.deflate, chunk, flush, &mut self.packed, &mut entry)?;
            if length == 0 {
                break;
            }
        }
        entry.finish(DataDescriptorOutput::new(sum.checksum(), bytes)).map_err(io::Error::other)?;
        Ok(bytes)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        let mut output = self.zip.finish().map_err(io::Error::other)?;
        output.flush()
    }
}

fn read_some(file: &mut impl Read, chunk: &mut [u8]) -> usize {
    loop {
        match file.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other.unwrap_or(0),
        }
    }
}

/// Compresses all of `chunk`, and what is left in the compressor if this is the end.
fn pack(
    deflate: &mut Compress,
    mut chunk: &[u8],
    flush: FlushCompress,
    packed: &mut Vec<u8>,
    entry: &mut impl Write,
) -> io::Result<()> {
    loop {
        packed.clear();
        let before = deflate.total_in();
        let status = deflate.compress_vec(chunk, packed, flush).map_err(io::Error::other)?;
        let taken = usize::try_from(deflate.total_in() - before).map_err(io::Error::other)?;
        chunk = &chunk[taken..];
        entry.write_all(packed)?;
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => chunk.is_empty(),
        };
        if done {
            return Ok(());
        }
    }
}

/// A name as text. A backslash would be a separator to some who unpack it.
fn name(path: &[u8]) -> String {
    String::from_utf8_lossy(path).replace('\\', "_")
}

/// As it is: the library would take what is before a colon for a drive and drop it.
fn entry_path(name: &str) -> EntryPath<'_> {
    if name.contains(':') {
        EntryPath::verbatim(name.as_bytes())
    } else {
        EntryPath::conformant(Cow::from(name))
    }
}

/// Gathers what the archive writes in small pieces into frames.
struct Output<'a> {
    stream: &'a mut Stream,
    buffer: Vec<u8>,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > MAX_PAYLOAD {
            self.flush()?;
        }
        if bytes.len() > MAX_PAYLOAD {
            self.stream.send(kind::OUTPUT, bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.send(kind::OUTPUT, &self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
