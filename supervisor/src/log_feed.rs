//! The newest of the log in memory, for those that follow it.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{Errno, read, write};

/// How far behind a follower may be, bytes.
const KEPT: usize = 256 * 1024;

/// Counts all bytes that ever came and holds the last of them.
#[derive(Default)]
pub(crate) struct LogFeed(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    kept: VecDeque<u8>,
    /// How many bytes came, those included that aren't kept any more.
    end: u64,
    followers: Vec<Weak<OwnedFd>>,
}

/// A place in the log, and a descriptor that is readable when there may be more behind it.
pub(crate) struct Follower {
    at: u64,
    bell: Arc<OwnedFd>,
}

impl LogFeed {
    /// Adds bytes and wakes whoever follows.
    pub(crate) fn push(&self, bytes: &[u8]) {
        let mut inner = self.lock();
        inner.end += bytes.len() as u64;
        inner.kept.extend(bytes);
        let surplus = inner.kept.len().saturating_sub(KEPT);
        inner.kept.drain(..surplus);
        inner.followers.retain(|follower| match follower.upgrade() {
            // Full only if it has been rung 2^64 times.
            Some(bell) => write(&bell, &1_u64.to_ne_bytes()).is_ok(),
            None => false,
        });
    }

    /// Follows from here on.
    pub(crate) fn follow(&self) -> Result<Follower, Errno> {
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let mut inner = self.lock();
        inner.followers.push(Arc::downgrade(&bell));
        Ok(Follower { at: inner.end, bell })
    }

    /// The next bytes, at most `most`, and how many before them are lost; none if there are none.
    pub(crate) fn next(&self, follower: &mut Follower, most: usize) -> (u64, Vec<u8>) {
        let _ = read(&follower.bell, &mut [0; 8]);
        let inner = self.lock();
        let first = inner.end - inner.kept.len() as u64;
        let lost = first.saturating_sub(follower.at);
        let skip = usize::try_from(follower.at.max(first) - first).unwrap_or(usize::MAX);
        let bytes: Vec<u8> = inner.kept.iter().skip(skip).take(most).copied().collect();
        follower.at += lost + bytes.len() as u64;
        (lost, bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Follower {
    /// Readable when there may be more.
    pub(crate) fn bell(&self) -> &OwnedFd {
        &self.bell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_gets_what_comes_after_it_once() {
        let feed = LogFeed::default();
        feed.push(b"before");
        let mut follower = feed.follow().unwrap();
        assert_eq!(feed.next(&mut follower, 9), (0, Vec::new()));
        feed.push(b"after");
        assert_eq!(feed.next(&mut follower, 3), (0, b"aft".to_vec()));
        assert_eq!(feed.next(&mut follower, 9), (0, b"er".to_vec()));
        assert_eq!(feed.next(&mut follower, 9), (0, Vec::new()));
    }

    #[test]
    fn a_slow_one_is_told_what_it_lost() {
        let feed = LogFeed::default();
        let mut follower = feed.follow().unwrap();
        for _ in 0..3 {
            feed.push(&vec![b'x'; KEPT / 2]);
        }
        let (lost, bytes) = feed.next(&mut follower, usize::MAX);
        assert_eq!((lost, bytes.len()), (KEPT as u64 / 2, KEPT));
    }

    #[test]
    fn one_that_is_gone_is_forgotten() {
        let feed = LogFeed::default();
        drop(feed.follow().unwrap());
        feed.push(b"x");
        assert!(feed.lock().followers.is_empty());
    }
}
