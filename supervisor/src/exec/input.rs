//! What a program reads: kept until it takes it, within bounds.

use std::os::fd::OwnedFd;

use rustix::io::{Errno, write};

/// Most that is kept, bytes, and a frame more; beyond it nothing is taken from the caller.
const KEPT: usize = 256 * 1024;
/// What types the end of input on a terminal.
const END_OF_TRANSMISSION: u8 = 4;

pub(super) struct Input {
    fd: Option<OwnedFd>,
    terminal: bool,
    kept: Vec<u8>,
    written: usize,
    ended: bool,
}

impl Input {
    pub(super) fn new(fd: OwnedFd, terminal: bool) -> Self {
        Self { fd: Some(fd), terminal, kept: Vec::new(), written: 0, ended: false }
    }

    /// To be written to, if there is something to write.
    pub(super) fn wanting(&self) -> Option<&OwnedFd> {
        self.fd.as_ref().filter(|_| self.written < self.kept.len())
    }

    /// Whether more may be put in.
    pub(super) fn has_room(&self) -> bool {
        self.kept.len() - self.written < KEPT
    }

    /// Adds bytes. Those that come after the end, or that nobody reads, are dropped.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.fd.is_some() && !self.ended {
            self.kept.drain(..self.written);
            self.written = 0;
            self.kept.extend_from_slice(bytes);
        }
    }

    /// No more comes. A terminal stays open: its session would be hung up.
    pub(super) fn end(&mut self) {
        if self.terminal {
            self.put(&[END_OF_TRANSMISSION]);
        } else {
            self.ended = true;
            self.close_if_done();
        }
    }

    /// Writes what the program takes.
    pub(super) fn write(&mut self) {
        let Some(fd) = &self.fd else { return };
        match write(fd, &self.kept[self.written..]) {
            Ok(length) => self.written += length,
            Err(Errno::AGAIN | Errno::INTR) => {}
            // Nobody reads any more.
            Err(_) => {
                self.fd = None;
                self.kept.clear();
                self.written = 0;
            }
        }
        self.close_if_done();
    }

    fn close_if_done(&mut self) {
        if self.ended && self.written == self.kept.len() {
            self.fd = None;
        }
    }
}
