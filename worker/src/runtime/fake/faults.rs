//! Failures a test plants: what goes wrong at which call.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::runtime::{Result, RuntimeError};

/// The calls remembered for a test to look at; older ones are forgotten.
const MAX_RECORDED: usize = 10_000;

/// A call of [`crate::runtime::Runtime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// `ping`
    Ping,
    /// `ensure_network`
    EnsureNetwork,
    /// `image_id`
    ImageId,
    /// `create_container`
    CreateContainer,
    /// `start_container`
    StartContainer,
    /// `stop_container`
    StopContainer,
    /// `remove_container`
    RemoveContainer,
    /// `pause_container`
    PauseContainer,
    /// `unpause_container`
    UnpauseContainer,
    /// `inspect_container`
    InspectContainer,
    /// `list_containers`
    ListContainers,
    /// `create_volume`
    CreateVolume,
    /// `remove_volume`
    RemoveVolume,
    /// `list_volumes`
    ListVolumes,
    /// `exec`
    Exec,
    /// `run_once`
    RunOnce,
    /// `events`
    Events,
}

type MakeError = Box<dyn FnOnce() -> RuntimeError + Send>;

enum Fault {
    /// The call fails and changes nothing.
    Before(MakeError),
    /// The call does its work and its answer is lost.
    After(MakeError),
    /// The call waits before it starts.
    Delay(Duration),
}

/// What a call has to do about the faults that were planted for it.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) delay: Option<Duration>,
    before: Option<MakeError>,
    after: Option<MakeError>,
}

impl Verdict {
    pub(super) fn before(&mut self) -> Result<()> {
        self.before.take().map_or(Ok(()), |error| Err(error()))
    }

    pub(super) fn after<T>(&mut self, outcome: Result<T>) -> Result<T> {
        match self.after.take() {
            Some(error) if outcome.is_ok() => Err(error()),
            _ => outcome,
        }
    }
}

/// The planted faults and the calls that were made.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) down: bool,
    planted: VecDeque<(Call, Fault)>,
    recorded: VecDeque<(Call, String)>,
}

impl Faults {
    pub(super) fn fail_before(&mut self, call: Call, error: MakeError) {
        self.planted.push_back((call, Fault::Before(error)));
    }

    pub(super) fn fail_after(&mut self, call: Call, error: MakeError) {
        self.planted.push_back((call, Fault::After(error)));
    }

    pub(super) fn delay(&mut self, call: Call, delay: Duration) {
        self.planted.push_back((call, Fault::Delay(delay)));
    }

    pub(super) fn recorded(&self) -> Vec<(Call, String)> {
        self.recorded.iter().cloned().collect()
    }

    /// Notes the call and takes what is planted for it: any delays in front, and one failure.
    pub(super) fn admit(&mut self, call: Call, subject: &str) -> Verdict {
        if self.recorded.len() == MAX_RECORDED {
            self.recorded.pop_front();
        }
        self.recorded.push_back((call, subject.to_owned()));
        let mut verdict = Verdict::default();
        while let Some(at) = self.planted.iter().position(|(planted, _)| *planted == call) {
            let Some((_, fault)) = self.planted.remove(at) else { break };
            match fault {
                Fault::Delay(delay) => {
                    verdict.delay = Some(verdict.delay.unwrap_or_default() + delay);
                    continue;
                }
                Fault::Before(error) => verdict.before = Some(error),
                Fault::After(error) => verdict.after = Some(error),
            }
            break;
        }
        verdict
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("down", &self.down)
            .field("planted", &self.planted.len())
            .finish_non_exhaustive()
    }
}
