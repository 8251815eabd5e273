//! Random lives on random failures, beside a model: after each stretch every live workspace and
//! every snapshot holds what the model says, and at the end nothing is left.

use std::collections::BTreeMap;

use sandboxd_shared::domain::{OperationStatus, SandboxStatus};
use sandboxd_shared::ids::{AppId, SandboxId, SnapshotId};
use sandboxd_shared::jobs::{fork_app, input, restore_app};
use sandboxd_worker::runtime::RuntimeError;
use sandboxd_worker::runtime::fake::Call;

use crate::files::Files;
use crate::node::TestNode;

const ACTIONS: usize = 70;
const CHECK_EVERY: usize = 14;
/// More are not started: the test looks at all of them.
const MAX_APPS: usize = 6;
const FALLIBLE: [Call; 8] = [
    Call::CreateVolume,
    Call::CreateContainer,
    Call::StartContainer,
    Call::StopContainer,
    Call::RemoveContainer,
    Call::RemoveVolume,
    Call::PauseContainer,
    Call::UnpauseContainer,
];

/// xorshift64*: the same numbers for the same seed.
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap() % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }
}

struct Run<'a> {
    node: &'a TestNode,
    rng: Rng,
    live: BTreeMap<AppId, (SandboxId, Files)>,
    kept: BTreeMap<SnapshotId, (AppId, Files)>,
    /// The failure that is planted, and how often its call was made before.
    planted: Option<(Call, usize)>,
}

impl Run<'_> {
    fn app(&mut self) -> Option<AppId> {
        let apps: Vec<AppId> = self.live.keys().copied().collect();
        self.rng.pick(&apps)
    }

    /// A snapshot whose app is there.
    fn snapshot(&mut self) -> Option<SnapshotId> {
        let apps = &self.live;
        let ids = self.kept.iter().filter(|(_, (app, _))| apps.contains_key(app));
        let ids: Vec<SnapshotId> = ids.map(|(id, _)| *id).collect();
        self.rng.pick(&ids)
    }

    async fn status(&self, sandbox: SandboxId) -> SandboxStatus {
        self.node.sandbox(sandbox).await.unwrap().status
    }

    /// Lets a call fail. One at a time: an operation has few attempts.
    fn plant(&mut self) {
        let call = self.rng.pick(&FALLIBLE).unwrap();
        if self.planted.is_some_and(|(call, before)| self.node.calls(call) == before) {
            return;
        }
        self.planted = Some((call, self.node.calls(call)));
        let error =
            || RuntimeError::Engine { operation: "x".into(), status: 500, message: "x".into() };
        match self.rng.below(2) {
            0 => self.node.engine.fail_next(call, error),
            _ => self.node.engine.lose_next_answer(call, error),
        }
    }

    async fn act(&mut self) {
        self.plant();
        match self.rng.below(12) {
            0 | 1 => self.create().await,
            2..=4 => self.write().await,
            5 | 6 => self.start_or_stop().await,
            7 => self.capture().await,
            8 => self.restore().await,
            9 => self.fork().await,
            10 => self.delete_snapshot().await,
            _ => self.crash_or_delete().await,
        }
    }

    async fn create(&mut self) {
        if self.live.len() >= MAX_APPS {
            return;
        }
        let app = self.node.app("random").await;
        let from = if self.rng.below(2) == 0 { self.snapshot() } else { None };
        let id = self.node.ask_create(app, from).await;
        let sandbox = self.node.succeed(id).await.sandbox_id.unwrap();
        let files = from.map(|from| self.kept[&from].1.clone()).unwrap_or_default();
        self.live.insert(app, (sandbox, files));
    }

    async fn write(&mut self) {
        let Some(app) = self.app() else { return };
        let sandbox = self.live[&app].0;
        if self.status(sandbox).await != SandboxStatus::Running {
            return;
        }
        let (path, text) = (format!("f{}", self.rng.below(5)), self.rng.below(1_000).to_string());
        let files = &mut self.live.get_mut(&app).unwrap().1;
        if self.rng.below(3) == 0 {
            files.remove(&path);
            self.node.delete(sandbox, &path).await;
        } else {
            files.insert(path.clone(), text.clone());
            self.node.write(sandbox, &path, &text).await;
        }
    }

    async fn start_or_stop(&mut self) {
        let Some(app) = self.app() else { return };
        let sandbox = self.live[&app].0;
        match self.status(sandbox).await {
            SandboxStatus::Running => self.node.stop(sandbox).await,
            _ => self.node.start(sandbox).await,
        }
    }

    async fn capture(&mut self) {
        let Some(app) = self.app() else { return };
        let (sandbox, files) = self.live[&app].clone();
        let snapshot = self.node.capture(sandbox).await;
        self.kept.insert(snapshot, (app, files));
    }

    async fn restore(&mut self) {
        let (Some(app), Some(snapshot)) = (self.app(), self.snapshot()) else { return };
        let safely = self.rng.below(2) == 0;
        let id = self.node.ask_restore(app, snapshot, safely).await;
        let done = self.node.succeed(id).await;
        let files = self.kept[&snapshot].1.clone();
        let before = std::mem::replace(&mut self.live.get_mut(&app).unwrap().1, files);
        if let Some(safety) = input::<restore_app::Input>(&done).unwrap().safety_snapshot_id {
            self.kept.insert(safety, (app, before));
        }
    }

    async fn fork(&mut self) {
        let Some(snapshot) = self.snapshot() else { return };
        if self.live.len() + 2 > MAX_APPS {
            return;
        }
        let (app, files) = self.kept[&snapshot].clone();
        let id = self.node.ask_fork(app, snapshot, 2).await;
        if self.rng.below(3) == 0 && self.node.cancel(id).await.is_ok() {
            let ended = self.node.end(id).await;
            if ended.status == OperationStatus::Cancelled {
                return;
            }
        }
        let done = self.node.succeed(id).await;
        for child in input::<fork_app::Input>(&done).unwrap().children {
            self.live.insert(child.app_id, (child.sandbox_id, files.clone()));
        }
    }

    async fn delete_snapshot(&mut self) {
        let Some(snapshot) = self.snapshot() else { return };
        self.node.delete_snapshot(snapshot).await;
        self.kept.remove(&snapshot);
    }

    async fn crash_or_delete(&mut self) {
        let Some(app) = self.app() else { return };
        let sandbox = self.live[&app].0;
        if self.rng.below(2) == 0 {
            let Some(container) = self.node.container(sandbox) else { return };
            self.node.engine.kill(&container.name, 1);
            self.node
                .until("the death is seen", || async {
                    (self.status(sandbox).await != SandboxStatus::Running).then_some(())
                })
                .await;
            return;
        }
        let with_snapshots = self.rng.below(2) == 0;
        let id = self.node.ask_delete_app(app, with_snapshots).await;
        self.node.succeed(id).await;
        self.live.remove(&app);
        if with_snapshots {
            self.kept.retain(|_, (of, _)| *of != app);
        }
    }

    async fn check(&self, what: &str) {
        self.node.reconcile().await;
        self.node.assert_consistent().await;
        for (sandbox, files) in self.live.values() {
            assert_eq!(self.node.files(*sandbox).await, *files, "{what}: {sandbox}");
        }
        for (snapshot, (_, files)) in &self.kept {
            assert_eq!(self.node.snapshot_files(*snapshot).await, *files, "{what}: {snapshot}");
        }
    }
}

async fn random_life(node: TestNode, seed: u64) {
    let workers = [node.worker().await, node.worker().await];
    let (live, kept) = (BTreeMap::new(), BTreeMap::new());
    let mut run = Run { node: &node, rng: Rng(seed), live, kept, planted: None };
    for number in 1..=ACTIONS {
        run.act().await;
        if number % CHECK_EVERY == 0 {
            run.check(&format!("seed {seed}, after {number}")).await;
        }
    }
    let kept: Vec<SnapshotId> = run.kept.keys().copied().collect();
    for snapshot in kept {
        node.delete_snapshot(snapshot).await;
    }
    node.delete_everything().await;
    for worker in workers {
        worker.stop().await;
    }
    node.assert_nothing_left().await;
}

#[tokio::test]
async fn random_lives_on_overlays() {
    random_life(TestNode::new().await, 0x5EED).await;
}

#[tokio::test]
async fn more_random_lives_on_overlays() {
    random_life(TestNode::new().await, 20_26).await;
}

#[tokio::test]
async fn random_lives_on_short_chains() {
    random_life(TestNode::with_short_chains().await, 4_711).await;
}

#[tokio::test]
async fn random_lives_on_copies() {
    random_life(TestNode::with_copies().await, 1_234).await;
}
