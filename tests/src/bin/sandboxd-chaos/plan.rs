//! Which faults come when: a function of the seed and the length alone.

use std::fmt;
use std::time::Duration;

/// Workers of the installation.
pub(crate) const WORKERS: usize = 3;
/// The first fault comes when there is something to hit.
const CALM: Duration = Duration::from_secs(8);
/// Between two faults, milliseconds.
const GAP: std::ops::Range<u64> = 1_500..5_000;
/// Each kind as often as it is dealt before all are shuffled again: every kind comes up in two
/// minutes, and what is cheap comes often.
const DECK: [(Kind, usize); 13] = [
    (Kind::KillWorker, 6),
    (Kind::StopWorker, 3),
    (Kind::RestartWorker, 2),
    (Kind::KillApi, 3),
    (Kind::StopApi, 1),
    (Kind::RestartApi, 1),
    (Kind::KillGateway, 1),
    (Kind::StopGateway, 1),
    (Kind::RemoveContainer, 5),
    (Kind::KillEngine, 1),
    (Kind::RestartEngine, 1),
    (Kind::NearlyFillDisk, 1),
    (Kind::FillDisk, 2),
];

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// SIGKILL; started again afterwards.
    KillWorker,
    /// SIGSTOP, then SIGCONT: it wakes up with leases that others may have taken.
    StopWorker,
    /// SIGTERM, as by an upgrade.
    RestartWorker,
    KillApi,
    StopApi,
    RestartApi,
    KillGateway,
    StopGateway,
    /// `docker rm -f` of one of the sandboxes' containers.
    RemoveContainer,
    /// SIGKILL to the engine's daemon: containers go on without it until it is back.
    KillEngine,
    /// SIGTERM to it: it ends all containers.
    RestartEngine,
    /// So little is left that nothing new is admitted.
    NearlyFillDisk,
    /// Not a byte is left: the database can't write either.
    FillDisk,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KillWorker => "kill worker",
            Self::StopWorker => "stop worker",
            Self::RestartWorker => "restart worker",
            Self::KillApi => "kill API",
            Self::StopApi => "stop API",
            Self::RestartApi => "restart API",
            Self::KillGateway => "kill gateway",
            Self::StopGateway => "stop gateway",
            Self::RemoveContainer => "remove container",
            Self::KillEngine => "kill engine",
            Self::RestartEngine => "restart engine",
            Self::NearlyFillDisk => "nearly fill disk",
            Self::FillDisk => "fill disk",
        })
    }
}

impl Kind {
    /// How long it lasts, milliseconds.
    const fn lasts(self) -> std::ops::Range<u64> {
        match self {
            Self::KillWorker => 500..6_000,
            // Some longer than a lease.
            Self::StopWorker => 2_000..16_000,
            Self::RestartWorker | Self::RestartApi => 6_000..8_000,
            Self::KillApi | Self::KillGateway => 100..3_000,
            Self::StopApi | Self::StopGateway => 500..5_000,
            Self::RemoveContainer => 0..1,
            Self::KillEngine | Self::RestartEngine => 1_000..5_000,
            Self::NearlyFillDisk | Self::FillDisk => 3_000..9_000,
        }
    }
}

/// A fault and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// When it begins, from the beginning of the run.
    pub(crate) at: Duration,
    pub(crate) lasts: Duration,
    /// Which one of several it hits, modulo how many there are.
    pub(crate) which: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, lasts) = (self.at.as_secs_f64(), self.lasts.as_secs_f64());
        write!(f, "{at:7.1} s  {} {} for {lasts:.1} s", self.kind, self.which)
    }
}

/// The faults of a run, in order.
pub(crate) fn plan(seed: u64, length: Duration) -> Vec<Fault> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut faults, mut deck) = (Vec::new(), Vec::new());
    let mut at = CALM;
    while at < length {
        if deck.is_empty() {
            deck = DECK.iter().flat_map(|(kind, times)| vec![*kind; *times]).collect();
            rng.shuffle(&mut deck);
        }
        let kind = deck.pop().expect("invariant: a deck has cards");
        let lasts = Duration::from_millis(rng.u64(kind.lasts()));
        faults.push(Fault { kind, at, lasts, which: rng.usize(0..WORKERS * 7) });
        at += Duration::from_millis(rng.u64(GAP));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_MINUTES: Duration = Duration::from_secs(120);

    #[test]
    fn the_seed_decides() {
        assert_eq!(plan(7, TWO_MINUTES), plan(7, TWO_MINUTES));
        assert_ne!(plan(7, TWO_MINUTES), plan(8, TWO_MINUTES));
        let (short, long) = (plan(7, TWO_MINUTES), plan(7, TWO_MINUTES * 5));
        assert_eq!(short, long[..short.len()], "a longer run begins with the same faults");
    }

    #[test]
    fn two_minutes_have_every_kind() {
        for seed in 0..100 {
            let faults = plan(seed, TWO_MINUTES);
            for (kind, _) in DECK {
                assert!(faults.iter().any(|fault| fault.kind == kind), "seed {seed}: no {kind}");
            }
            assert!(faults.is_sorted_by_key(|fault| fault.at));
        }
    }
}
