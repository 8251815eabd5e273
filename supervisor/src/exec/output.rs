//! One thing that a program prints to.

use std::os::fd::OwnedFd;

use rustix::io::{Errno, ioctl_fionread, read};

use crate::framing;

/// Read at a time, bytes; one frame.
const CHUNK: usize = 32 * 1024;

pub(super) struct Output {
    kind: u8,
    fd: Option<OwnedFd>,
    /// Bytes that were printed before the program ended and aren't read yet; known from then on.
    owed: Option<u64>,
}

impl Output {
    pub(super) fn new(kind: u8, fd: OwnedFd) -> Self {
        Self { kind, fd: Some(fd), owed: None }
    }

    /// To be read from, unless its end has come.
    pub(super) fn fd(&self) -> Option<&OwnedFd> {
        self.fd.as_ref()
    }

    /// Notes what the program has left behind, which is sent whoever else goes on printing.
    pub(super) fn program_ended(&mut self) {
        let waiting = self.fd.as_ref().map_or(0, |fd| ioctl_fionread(fd).unwrap_or(0));
        self.owed = Some(waiting);
    }

    /// Whether all was read that the program itself printed.
    pub(super) fn is_settled(&self) -> bool {
        self.fd.is_none() || self.owed == Some(0)
    }

    /// Reads what is there, once, and puts it in frames.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) {
        let Some(fd) = &self.fd else { return };
        let mut chunk = [0; CHUNK];
        match read(fd, &mut chunk) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            // A terminal that nobody has open any more answers EIO.
            Ok(0) | Err(_) => self.fd = None,
            Ok(length) => {
                framing::put(out, self.kind, &chunk[..length]);
                if let Some(owed) = &mut self.owed {
                    *owed = owed.saturating_sub(length as u64);
                }
            }
        }
    }
}
