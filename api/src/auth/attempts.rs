//! Guessing tokens: who has been wrong too often is refused without a look, but for tokens that
//! were right from there before. So a neighbour that loops with a stale token locks nobody out.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sandboxd_shared::clock::Timestamp;

use super::Peer;

/// What attempts are counted over.
const WINDOW: Duration = Duration::from_mins(1);
/// Peers that are remembered, and tokens with the peers that they were right from. Beyond that all
/// is forgotten: who is locked out then gets a window more.
const REMEMBERED: usize = 10_000;

/// Counts wrong tokens.
#[derive(Debug)]
pub(super) struct Attempts {
    /// Wrong ones within a window; 0 = any number.
    limit: u32,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When the window began, and wrong tokens since.
    wrong: HashMap<IpAddr, (Timestamp, u32)>,
    right: HashSet<(IpAddr, blake3::Hash)>,
}

impl Attempts {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// Whether a token may be looked at.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(super) fn check(&self, peer: Peer, hash: &blake3::Hash, now: Timestamp) -> Result<(), i64> {
        let (seen, network) = (self.seen(), peer.network());
        let Some((since, wrong)) = seen.wrong.get(&network) else { return Ok(()) };
        let end = since.plus(WINDOW);
        if self.limit == 0 || *wrong < self.limit || end <= now {
            return Ok(());
        }
        if seen.right.contains(&(network, *hash)) {
            return Ok(());
        }
        Err(end.millis_since(now) / 1000 + 1)
    }

    /// Notes a token that opens something.
    pub(super) fn right(&self, peer: Peer, hash: &blake3::Hash) {
        let mut seen = self.seen();
        let key = (peer.network(), *hash);
        if seen.right.contains(&key) {
            return;
        }
        if seen.right.len() >= REMEMBERED {
            seen.right.clear();
        }
        seen.right.insert(key);
    }

    /// Notes a token that opens nothing.
    pub(super) fn wrong(&self, peer: Peer, now: Timestamp) {
        let mut seen = self.seen();
        if seen.wrong.len() >= REMEMBERED {
            seen.wrong.retain(|_, (since, _)| since.plus(WINDOW) > now);
            if seen.wrong.len() >= REMEMBERED {
                seen.wrong.clear();
            }
        }
        let (since, wrong) = seen.wrong.entry(peer.network()).or_insert((now, 0));
        if since.plus(WINDOW) <= now {
            (*since, *wrong) = (now, 0);
        }
        *wrong = wrong.saturating_add(1);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer(text.parse().unwrap())
    }

    #[test]
    fn who_is_wrong_too_often_waits_for_the_window_to_end() {
        let attempts = Attempts::new(3);
        let (good, guess) = (blake3::hash(b"good"), blake3::hash(b"guess"));
        let (here, there) = (peer("10.0.0.1"), peer("10.0.0.2"));
        attempts.right(here, &good);
        for second in 0..3 {
            assert_eq!(attempts.check(here, &guess, Timestamp(second * 1000)), Ok(()));
            attempts.wrong(here, Timestamp(second * 1000));
        }
        assert_eq!(attempts.check(here, &guess, Timestamp(10_000)), Err(51));
        assert_eq!(attempts.check(here, &good, Timestamp(10_000)), Ok(()));
        assert_eq!(attempts.check(there, &guess, Timestamp(10_000)), Ok(()));
        assert_eq!(attempts.check(here, &guess, Timestamp(60_000)), Ok(()));
        attempts.wrong(here, Timestamp(60_000));
        assert_eq!(attempts.check(here, &guess, Timestamp(60_001)), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        let attempts = Attempts::new(1);
        attempts.wrong(peer("2001:db8::1"), Timestamp(0));
        let guess = blake3::hash(b"guess");
        assert!(attempts.check(peer("2001:db8::2"), &guess, Timestamp(1)).is_err());
        assert!(attempts.check(peer("2001:db8:0:1::1"), &guess, Timestamp(1)).is_ok());
        attempts.wrong(peer("::ffff:10.0.0.1"), Timestamp(0));
        assert!(attempts.check(peer("10.0.0.1"), &guess, Timestamp(1)).is_err());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let attempts = Attempts::new(1);
        for number in 0..=u32::try_from(REMEMBERED).unwrap() {
            attempts.wrong(Peer(IpAddr::V4(number.into())), Timestamp(0));
            attempts.right(peer("::1"), &blake3::hash(&number.to_be_bytes()));
        }
        let seen = attempts.seen();
        assert!(seen.wrong.len() <= REMEMBERED && seen.right.len() <= REMEMBERED);
    }
}
