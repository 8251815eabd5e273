//! What all measurements share: how much is measured, the installation, and the report.

use sandboxd_tests::{Stack, StackOptions};

use crate::figures::Report;

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    /// Operations one after the other.
    pub(crate) accepts: usize,
    /// Sandboxes that are worked on at once, and operations of each.
    pub(crate) parallel: (usize, usize),
    /// Files of workspaces.
    pub(crate) files: Vec<u32>,
    pub(crate) rounds: u32,
    pub(crate) forks: usize,
    pub(crate) wakes: usize,
    pub(crate) crowd: usize,
    /// Rounds and seconds of load on each proxy.
    pub(crate) load: (usize, u32),
    /// Clients, and operations that they are told of.
    pub(crate) streams: (usize, usize),
    pub(crate) kills: usize,
    pub(crate) cancels: usize,
    /// Events and finished operations.
    pub(crate) history: (u32, u32),
}

impl Size {
    pub(crate) fn full(files: u32, rounds: u32) -> Self {
        Self {
            accepts: 500,
            parallel: (64, 30),
            files: vec![100, 10_000.min(files), files],
            rounds,
            forks: 50,
            wakes: 20,
            crowd: 1_000,
            load: (5, 8),
            streams: (500, 50),
            kills: 50,
            cancels: 20,
            history: (1_000_000, 100_000),
        }
    }

    pub(crate) fn quick() -> Self {
        Self {
            accepts: 40,
            parallel: (16, 10),
            files: vec![100, 1_000],
            rounds: 2,
            forks: 8,
            wakes: 3,
            crowd: 200,
            load: (2, 2),
            streams: (100, 10),
            kills: 4,
            cancels: 3,
            history: (50_000, 5_000),
        }
    }
}

/// A run.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) size: Size,
    pub(crate) report: Report,
    stack: Option<Stack>,
}

impl Bench {
    pub(crate) const fn new(size: Size) -> Self {
        Self { size, report: Report::new(), stack: None }
    }

    /// What is measured is not the tenant's limits; metrics and firewall are on.
    pub(crate) fn options(workers: usize) -> StackOptions {
        let quotas =
            ["OPERATIONS_PER_MINUTE", "REQUESTS_PER_MINUTE", "RUNNING", "SANDBOXES", "SNAPSHOTS"];
        let unlimited = quotas.map(|quota| (format!("SANDBOXD_QUOTA_{quota}"), "0".to_owned()));
        StackOptions { workers, env: unlimited.to_vec(), ..StackOptions::default() }
    }

    /// The installation with two workers that most measurements share.
    pub(crate) async fn stack(&mut self) -> anyhow::Result<&mut Stack> {
        if self.stack.is_none() {
            self.stack = Some(Stack::start_with(Self::options(2)).await?);
        }
        Ok(self.stack.as_mut().expect("invariant: it was started"))
    }

    /// The same with the report, to be used side by side.
    pub(crate) async fn parts(&mut self) -> anyhow::Result<(&mut Stack, &mut Report, &Size)> {
        self.stack().await?;
        let stack = self.stack.as_mut().expect("invariant: it was started");
        Ok((stack, &mut self.report, &self.size))
    }

    /// Takes the installation down.
    pub(crate) fn end(&mut self) {
        self.stack = None;
    }
}
