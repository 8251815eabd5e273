//! What one sandbox may use of its host.

use super::{Result, RuntimeError};

const MIB: u64 = 1024 * 1024;
/// Docker refuses less than 6 MiB.
const MIN_MEMORY: u64 = 6 * MIB;
const MAX_MEMORY: u64 = 1 << 50;
/// Docker refuses less than a hundredth of a CPU.
const MIN_CPUS: f64 = 0.01;
const MAX_CPUS: f64 = 1024.0;
const MAX_PIDS: u64 = 1 << 22;
const MAX_NOFILE: u64 = 1 << 20;
const MAX_TMP: u64 = 256 * MIB;
const NANO: f64 = 1e9;

/// The resource limits of one container.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of memory; swap on top of it is zero.
    pub memory_bytes: u64,
    /// CPUs, in fractions: 0.5 is half of one.
    pub cpus: f64,
    /// Processes and threads.
    pub pids: u64,
    /// Open files of one process; the engine's default if `None`.
    pub nofile: Option<u64>,
}

impl Limits {
    /// CPUs in the engine's unit, billionths of a CPU.
    #[must_use]
    pub fn nano_cpus(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "validated to be at most 1024 CPUs")]
        let nano = (self.cpus * NANO).round() as i64;
        nano
    }

    /// Bytes for the tmpfs at `/tmp`. Its pages count as memory of the sandbox, so half of that
    /// is the most that makes sense.
    #[must_use]
    pub fn tmp_bytes(&self) -> u64 {
        (self.memory_bytes / 2).min(MAX_TMP)
    }

    pub(super) fn validate(&self) -> Result<()> {
        within("memory limit", self.memory_bytes, MIN_MEMORY, MAX_MEMORY)?;
        within("pids limit", self.pids, 1, MAX_PIDS)?;
        if let Some(nofile) = self.nofile {
            within("nofile limit", nofile, 16, MAX_NOFILE)?;
        }
        if (MIN_CPUS..=MAX_CPUS).contains(&self.cpus) {
            Ok(())
        } else {
            Err(RuntimeError::Invalid {
                what: "cpu limit",
                why: format!("{} is not between {MIN_CPUS} and {MAX_CPUS}", self.cpus),
            })
        }
    }
}

fn within(what: &'static str, value: u64, min: u64, max: u64) -> Result<()> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(RuntimeError::Invalid { what, why: format!("{value} is not between {min} and {max}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limits = Limits { memory_bytes: 64 * MIB, cpus: 0.25, pids: 64, nofile: None };

    #[test]
    fn cpus_become_billionths() {
        assert_eq!(SMALL.nano_cpus(), 250_000_000);
        assert_eq!(Limits { cpus: 1.1, ..SMALL }.nano_cpus(), 1_100_000_000);
    }

    #[test]
    fn tmp_is_half_of_a_small_memory_and_bounded_for_a_large_one() {
        assert_eq!(SMALL.tmp_bytes(), 32 * MIB);
        assert_eq!(Limits { memory_bytes: 8192 * MIB, ..SMALL }.tmp_bytes(), 256 * MIB);
    }

    #[test]
    fn senseless_limits_are_refused() {
        assert!(SMALL.validate().is_ok());
        for bad in [
            Limits { memory_bytes: 0, ..SMALL },
            Limits { memory_bytes: u64::MAX, ..SMALL },
            Limits { cpus: 0.0, ..SMALL },
            Limits { cpus: f64::NAN, ..SMALL },
            Limits { cpus: f64::INFINITY, ..SMALL },
            Limits { pids: 0, ..SMALL },
            Limits { nofile: Some(0), ..SMALL },
        ] {
            assert!(bad.validate().is_err(), "{bad:?} passed");
        }
    }
}
