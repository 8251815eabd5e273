//! What goes wrong in a life, and when. Each choice is drawn from the seed, the place that asks and
//! how often it has asked: one more call in one place changes nothing in another.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::rng::Rng;

/// Chances in 10,000.
const ALL: usize = 10_000;

/// How often each kind of fault strikes, of 10,000 calls. Most seeds know a few kinds only: a life
/// in which all fails at once comes to little.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    refused: usize,
    lost: usize,
    late: usize,
    crash: usize,
    commit_refused: usize,
    commit_crash: usize,
    slow_database: usize,
    full_database: usize,
    pub(crate) busy_database: usize,
    pub(crate) kill: usize,
    pub(crate) stop: usize,
    pub(crate) lost_poke: usize,
    pub(crate) death: usize,
}

/// What becomes of a call to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It fails and changes nothing.
    Refused,
    /// It is done, and its caller gets an error.
    Lost,
    /// The process dies and nothing was done.
    CrashBefore,
    /// It is done, and the process dies before it can say so.
    CrashAfter,
}

#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) fault: Fault,
}

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commit {
    Done,
    Refused,
    CrashBefore,
    CrashAfter,
}

/// What a process meets when it wants the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Ready,
    Slow(Duration),
    Full,
}

#[derive(Debug)]
pub(crate) struct Plan {
    seed: u64,
    asked: Mutex<BTreeMap<String, u64>>,
    calm: AtomicBool,
    rates: Rates,
    well: bool,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut plan = Self {
            seed,
            asked: Mutex::default(),
            calm: AtomicBool::new(false),
            rates: Rates::default(),
            well: false,
        };
        plan.well = plan.dice("well").below(4) == 0;
        let mut dice = plan.dice("rates");
        let scale = [1, 2, 4][dice.below(3)];
        let mut rate = |usual: usize| if dice.below(5) < 2 { usual * scale } else { 0 };
        plan.rates = Rates {
            refused: rate(100),
            lost: rate(100),
            late: rate(150),
            crash: rate(60),
            commit_refused: rate(40),
            commit_crash: rate(30),
            slow_database: rate(200),
            full_database: rate(30),
            busy_database: rate(60),
            kill: rate(40),
            stop: rate(60),
            lost_poke: rate(800),
            death: rate(60),
        };
        if plan.well {
            let Rates { refused, lost, late, lost_poke, death, .. } = plan.rates;
            plan.rates = Rates { refused, lost, late, lost_poke, death, ..Rates::default() };
        }
        plan
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Whether processes and the database never fail in this life.
    pub(crate) fn is_well(&self) -> bool {
        self.well
    }

    /// No more faults from here on.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    /// Numbers for one more visit of a place.
    pub(crate) fn dice(&self, place: &str) -> Rng {
        let number = {
            let mut asked = self.asked.lock().unwrap();
            let number = asked.entry(place.to_owned()).or_default();
            *number += 1;
            *number
        };
        let mut mixed = DefaultHasher::new();
        (self.seed, place, number).hash(&mut mixed);
        Rng::new(mixed.finish())
    }

    /// Whether a fault of this rate strikes.
    pub(crate) fn strikes(&self, place: &str, rate: usize) -> bool {
        rate > 0 && !self.is_calm() && self.dice(place).below(ALL) < rate
    }

    pub(crate) fn verdict(&self, place: &str) -> Verdict {
        if self.is_calm() {
            let (before, after) = (Duration::ZERO, Duration::ZERO);
            return Verdict { before, after, fault: Fault::None };
        }
        let mut dice = self.dice(place);
        let mut wait =
            |limit: usize| Duration::from_millis(u64::try_from(dice.below(limit)).unwrap());
        let (mut before, mut after) = (wait(20), wait(20));
        let (late, at) = (dice.below(ALL) < self.rates.late, dice.below(2));
        if late {
            // Longer than a lease, sometimes.
            let more = Duration::from_millis(u64::try_from(dice.below(9_000)).unwrap());
            if at == 0 { before += more } else { after += more }
        }
        let edges = [
            (self.rates.refused, Fault::Refused),
            (self.rates.lost, Fault::Lost),
            (self.rates.crash / 2, Fault::CrashBefore),
            (self.rates.crash / 2, Fault::CrashAfter),
        ];
        let mut drawn = dice.below(ALL);
        for (rate, fault) in edges {
            if drawn < rate {
                return Verdict { before, after, fault };
            }
            drawn -= rate;
        }
        Verdict { before, after, fault: Fault::None }
    }

    pub(crate) fn commit(&self, place: &str) -> Commit {
        if self.is_calm() {
            return Commit::Done;
        }
        let Rates { commit_refused, commit_crash, .. } = self.rates;
        match self.dice(place).below(ALL) {
            drawn if drawn < commit_refused => Commit::Refused,
            drawn if drawn < commit_refused + commit_crash / 2 => Commit::CrashBefore,
            drawn if drawn < commit_refused + commit_crash => Commit::CrashAfter,
            _ => Commit::Done,
        }
    }

    pub(crate) fn access(&self, place: &str) -> Access {
        if self.is_calm() {
            return Access::Ready;
        }
        let mut dice = self.dice(place);
        let Rates { slow_database, full_database, .. } = self.rates;
        match dice.below(ALL) {
            drawn if drawn < full_database => Access::Full,
            drawn if drawn < full_database + slow_database => {
                Access::Slow(Duration::from_millis(u64::try_from(1 + dice.below(400)).unwrap()))
            }
            _ => Access::Ready,
        }
    }
}
