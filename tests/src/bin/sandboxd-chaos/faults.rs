//! Doing what the plan says to an installation, and taking all of it back.

use std::time::Duration;

use rustix::process::Signal;
use sandboxd_tests::{Process, Stack};
use tokio::time::{Instant, sleep_until};

use crate::disk::SmallDisk;
use crate::engine::Engine;
use crate::plan::{Fault, Kind, WORKERS};
use crate::trail;

/// What is left of a disk that is nearly full; less than its headroom.
const NEARLY: u64 = 20 << 20;

/// A worker that was killed or stopped.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) worker: String,
    /// When, Unix milliseconds.
    pub(crate) at: i64,
    pub(crate) killed: bool,
}

/// An installation and what is done to it.
#[derive(Debug)]
pub(crate) struct Victim {
    pub(crate) stack: Stack,
    pub(crate) engine: Engine,
    pub(crate) disk: SmallDisk,
    /// Whether the engine's daemon was ended.
    engine_down: bool,
    pub(crate) hits: Vec<Hit>,
    /// Processes that the engine had forgotten.
    pub(crate) forgotten: usize,
    /// Faults that could not be done, with the reason.
    pub(crate) missed: Vec<String>,
}

enum Edge {
    Begin,
    End,
}

impl Victim {
    pub(crate) fn new(stack: Stack, engine: Engine, disk: SmallDisk) -> Self {
        let (hits, missed) = (Vec::new(), Vec::new());
        Self { stack, engine, disk, engine_down: false, hits, forgotten: 0, missed }
    }

    /// Does the faults of a plan at their times.
    pub(crate) async fn suffer(&mut self, faults: &[Fault], begun: Instant) {
        let mut edges: Vec<(Duration, Edge, Fault)> = Vec::new();
        for fault in faults {
            edges.push((fault.at, Edge::Begin, *fault));
            edges.push((fault.at + fault.lasts, Edge::End, *fault));
        }
        edges.sort_by_key(|(at, ..)| *at);
        for (at, edge, fault) in edges {
            sleep_until(begun + at).await;
            let done = match edge {
                Edge::Begin => {
                    eprintln!("{fault}");
                    self.begin(&fault).await
                }
                Edge::End => self.end(&fault).await,
            };
            if let Err(error) = done {
                eprintln!("  missed: {error:#}");
                self.missed.push(format!("{fault}: {error:#}"));
            }
        }
    }

    async fn begin(&mut self, fault: &Fault) -> anyhow::Result<()> {
        let slot = fault.which % WORKERS;
        match fault.kind {
            Kind::KillWorker => {
                self.note(slot, true).await;
                self.stack.workers[slot].kill()?;
            }
            Kind::StopWorker => {
                self.note(slot, false).await;
                self.stack.workers[slot].signal(Signal::STOP)?;
            }
            Kind::RestartWorker => self.stack.workers[slot].signal(Signal::TERM)?,
            Kind::KillApi => signal(self.stack.api.as_mut(), Signal::KILL)?,
            Kind::StopApi => signal(self.stack.api.as_mut(), Signal::STOP)?,
            Kind::RestartApi => signal(self.stack.api.as_mut(), Signal::TERM)?,
            Kind::KillGateway => signal(self.stack.gateway.as_mut(), Signal::KILL)?,
            Kind::StopGateway => signal(self.stack.gateway.as_mut(), Signal::STOP)?,
            Kind::RemoveContainer => self.remove_container(fault.which).await?,
            Kind::KillEngine => self.end_engine(Signal::KILL)?,
            Kind::RestartEngine => self.end_engine(Signal::TERM)?,
            Kind::NearlyFillDisk => self.disk.fill(NEARLY)?,
            Kind::FillDisk => self.disk.fill(0)?,
        }
        Ok(())
    }

    async fn end(&mut self, fault: &Fault) -> anyhow::Result<()> {
        let slot = fault.which % WORKERS;
        match fault.kind {
            Kind::KillWorker | Kind::RestartWorker => self.renew_worker(slot)?,
            Kind::StopWorker => self.stack.workers[slot].signal(Signal::CONT)?,
            Kind::KillApi | Kind::RestartApi => self.stack.start_api()?,
            Kind::StopApi => signal(self.stack.api.as_mut(), Signal::CONT)?,
            Kind::KillGateway => self.stack.start_gateway()?,
            Kind::StopGateway => signal(self.stack.gateway.as_mut(), Signal::CONT)?,
            Kind::RemoveContainer => {}
            Kind::KillEngine | Kind::RestartEngine => self.start_engine().await?,
            Kind::NearlyFillDisk | Kind::FillDisk => self.disk.free_up(),
        }
        Ok(())
    }

    /// Notes who is hit, for the time until its operations run elsewhere.
    async fn note(&mut self, slot: usize, killed: bool) {
        let pid = self.stack.workers[slot].pid();
        if let Some(worker) = trail::worker_name(&self.stack.data, pid).await {
            self.hits.push(Hit { worker, at: now_ms(), killed });
        }
    }

    /// A new worker in the place of one that has ended, or takes too long.
    fn renew_worker(&mut self, slot: usize) -> anyhow::Result<()> {
        // What is in the place is killed when it is dropped.
        let last = self.stack.start_worker(&[])?;
        self.stack.workers.swap(slot, last);
        self.stack.workers.truncate(last);
        Ok(())
    }

    async fn remove_container(&self, which: usize) -> anyhow::Result<()> {
        let filter = format!("label={}", self.stack.docker.label());
        let list = ["ps", "-q", "--filter", &filter];
        let listed = self.engine.docker(&list).await?;
        let ids: Vec<&str> = listed.lines().collect();
        anyhow::ensure!(!ids.is_empty(), "there is no container");
        self.engine.docker(&["rm", "-f", ids[which % ids.len()]]).await.map(|_| ())
    }

    fn end_engine(&mut self, signal: Signal) -> anyhow::Result<()> {
        self.engine.signal(signal)?;
        self.engine_down = true;
        Ok(())
    }

    /// Where two faults have ended it at once, it is started after the first.
    async fn start_engine(&mut self) -> anyhow::Result<()> {
        if !self.engine_down {
            return Ok(());
        }
        self.engine.start().await?;
        self.engine_down = false;
        Ok(())
    }

    /// Everything runs again, and nothing is in its way.
    pub(crate) async fn heal(&mut self) -> anyhow::Result<()> {
        self.disk.free_up();
        self.start_engine().await?;
        for slot in 0..WORKERS {
            self.stack.workers[slot].signal(Signal::CONT)?;
            if self.stack.workers[slot].ended()?.is_some() {
                self.renew_worker(slot)?;
            }
        }
        signal(self.stack.api.as_mut(), Signal::CONT)?;
        if has_ended(self.stack.api.as_mut())? {
            self.stack.start_api()?;
        }
        signal(self.stack.gateway.as_mut(), Signal::CONT)?;
        if has_ended(self.stack.gateway.as_mut())? {
            self.stack.start_gateway()?;
        }
        self.stack.ready().await?;
        self.forgotten = self.engine.end_forgotten().await?;
        Ok(())
    }
}

fn signal(process: Option<&mut Process>, signal: Signal) -> anyhow::Result<()> {
    if let Some(process) = process {
        process.signal(signal)?;
    }
    Ok(())
}

fn has_ended(process: Option<&mut Process>) -> anyhow::Result<bool> {
    Ok(match process {
        Some(process) => process.ended()?.is_some(),
        None => true,
    })
}

/// Unix milliseconds, as the database's clock has them.
#[expect(clippy::disallowed_methods, reason = "compared with the times of rows")]
fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}
