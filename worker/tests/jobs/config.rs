//! Config reaches dev servers: at every start, soon after every change, and whatever dies or
//! doesn't answer in between; and never what isn't for them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sandboxd_shared::app_config::{agent_environment, seal};
use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{
    AccessPolicy, ConfigEntry, ConfigKey, ConfigValue, ErrorCode, OperationStatus, SandboxStatus,
};
use sandboxd_shared::ids::{AppId, SandboxId};
use sandboxd_shared::jobs::fork_app::{self, GitHistory};
use sandboxd_shared::jobs::input;
use sandboxd_shared::store::config::{self, Row};
use sandboxd_worker::broker::{Broker, Pace};
use sandboxd_worker::failpoint::{Action, arm, pending};
use sandboxd_worker::runtime::Runtime;
use sandboxd_worker::sandbox::container_name;
use secrecy::ExposeSecret;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::node::{NODE, TestNode};

type Values = BTreeMap<String, String>;

fn values<const N: usize>(wanted: [(&str, &str); N]) -> Values {
    wanted.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl TestNode {
    /// Writes an entry as the API does.
    async fn put(&self, app: AppId, key: &str, value: &str, policy: AccessPolicy) {
        let now = self.clock.now();
        let mut tx = self.store.write().await.unwrap();
        let entry = ConfigEntry {
            key: ConfigKey::parse(key).unwrap(),
            sensitive: true,
            access_policy: policy,
            created_at: now,
            updated_at: now,
        };
        let value = ConfigValue::parse(value.into()).unwrap();
        let ring = self.keys.ring().unwrap();
        let sealed = seal(&ring, app, &entry.key, &value).unwrap();
        let row = Row { entry, sealed, json_bytes: 10 };
        if !config::insert(&mut tx, app, &row).await.unwrap() {
            config::replace(&mut tx, app, &row).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn remove(&self, app: AppId, key: &str) {
        let mut tx = self.store.write().await.unwrap();
        config::delete(&mut tx, app, &ConfigKey::parse(key).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn run_dir(&self, sandbox: SandboxId) -> PathBuf {
        self.options.sandbox_runs().join(sandbox.lower())
    }

    /// Each environment that the sandbox's dev server was started with.
    fn starts(&self, sandbox: SandboxId) -> Vec<Values> {
        self.init.environments.of(&self.run_dir(sandbox))
    }

    async fn has(&self, sandbox: SandboxId, wanted: Values) {
        self.until(&format!("the dev server has {wanted:?}"), || async {
            (self.starts(sandbox).last() == Some(&wanted)).then_some(())
        })
        .await;
    }

    /// No row is behind its app's config.
    async fn settled(&self) {
        self.until("nobody is behind", || async {
            let mut conn = self.store.read().await.unwrap();
            let rows = config::deliveries(&mut conn, NODE).await.unwrap();
            rows.iter().all(|row| row.delivered >= row.version).then_some(())
        })
        .await;
    }

    /// A broker of the test's own, at its pace.
    fn broker(&self, pace: Pace) -> DropGuard {
        let shutdown = CancellationToken::new();
        let broker = Broker {
            pace,
            store: self.store.clone(),
            changes: self.changes.clone(),
            node: NODE.to_owned(),
            environments: self.environments(),
        };
        tokio::spawn(broker.run(shutdown.clone()));
        shutdown.drop_guard()
    }
}

#[tokio::test]
async fn a_dev_server_starts_with_what_is_for_it() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    node.put(app, "R", "runtime", AccessPolicy::RuntimeAccess).await;
    node.put(app, "B", "both", AccessPolicy::Both).await;
    node.put(app, "A", "agent", AccessPolicy::AgentAccess).await;
    node.put(app, "C", "control", AccessPolicy::ControlPlaneOnly).await;
    let wanted = values([("R", "runtime"), ("B", "both")]);
    let sandbox = node.create(app).await;
    assert_eq!(node.starts(sandbox), std::slice::from_ref(&wanted), "once, when it is created");

    let mut conn = node.store.read().await.unwrap();
    let agents = agent_environment(&mut conn, &node.keys, app).await.unwrap();
    drop(conn);
    let agents: Values =
        agents.into_iter().map(|(name, value)| (name, value.expose_secret().into())).collect();
    assert_eq!(agents, values([("A", "agent"), ("B", "both")]));

    // The engine is told of none of them.
    let container = node.container(sandbox).unwrap();
    let raw = format!("{container:?}{:?}", node.runtime().list_containers().await.unwrap());
    assert!(!raw.contains("runtime\"") && !raw.contains("both"), "{raw}");

    // Each container gets it anew: after a stop, a restore, and in a fork that takes it along.
    let forget = || node.init.environments.forget(&node.run_dir(sandbox));
    let snapshot = node.capture(sandbox).await;
    node.stop(sandbox).await;
    forget();
    node.start(sandbox).await;
    assert_eq!(node.starts(sandbox), std::slice::from_ref(&wanted));
    forget();
    node.restore(app, snapshot).await;
    assert_eq!(node.starts(sandbox), std::slice::from_ref(&wanted));
    for (copy, wanted) in [(false, Values::new()), (true, wanted)] {
        let spec = fork_app::Spec {
            name: None,
            count: 2,
            git: GitHistory::Keep,
            copy_config: copy.then(|| node.keys.clone()),
        };
        let id = node.ask_fork_as(app, snapshot, &spec).await;
        let done = node.succeed(id).await;
        for child in input::<fork_app::Input>(&done).unwrap().children {
            assert_eq!(node.starts(child.sandbox_id), std::slice::from_ref(&wanted));
        }
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_change_reaches_a_running_dev_server() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let (sandbox, other) = (node.create(app).await, node.create(node.app("two").await).await);
    let container = node.container(sandbox).unwrap();
    node.put(app, "K", "1", AccessPolicy::Both).await;
    node.has(sandbox, values([("K", "1")])).await;
    node.put(app, "K", "2", AccessPolicy::Both).await;
    node.has(sandbox, values([("K", "2")])).await;
    node.put(app, "K", "2", AccessPolicy::AgentAccess).await;
    node.has(sandbox, Values::new()).await;
    node.put(app, "K", "3", AccessPolicy::RuntimeAccess).await;
    node.has(sandbox, values([("K", "3")])).await;
    node.remove(app, "K").await;
    node.has(sandbox, Values::new()).await;
    node.settled().await;
    // The dev server was started again, and nothing else.
    assert_eq!(node.container(sandbox).unwrap(), container);
    node.assert_running(sandbox).await;
    assert_eq!(node.starts(other), [Values::new()], "another app's was left alone");
    worker.stop().await;
}

#[tokio::test]
async fn what_changes_while_an_operation_has_the_sandbox_comes_after_it() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    node.stop(sandbox).await;
    node.put(app, "K", "1", AccessPolicy::Both).await;
    assert_eq!(node.starts(sandbox), [Values::new()], "it is stopped");
    node.start(sandbox).await;
    assert_eq!(node.starts(sandbox).last(), Some(&values([("K", "1")])));
    let id = node.ask_stop(sandbox).await;
    node.put(app, "K", "2", AccessPolicy::Both).await;
    node.succeed(id).await;
    node.start(sandbox).await;
    node.has(sandbox, values([("K", "2")])).await;
    node.settled().await;
    worker.stop().await;
}

#[tokio::test]
async fn a_start_waits_for_a_pid_1_that_does_not_listen_yet() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    node.put(app, "K", "1", AccessPolicy::Both).await;
    node.init.environments.unanswered.store(30, Ordering::SeqCst);
    let sandbox = node.create(app).await;
    assert_eq!(node.starts(sandbox), [values([("K", "1")])]);
    worker.stop().await;
}

#[tokio::test]
async fn a_container_that_dies_before_its_environment_fails_the_attempt() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    node.init.environments.unanswered.store(u32::MAX, Ordering::SeqCst);
    let id = node.ask_create(app, None).await;
    let sandbox = node.operation(id).await.sandbox_id.unwrap();
    // Every attempt's container dies.
    let done = node
        .until("the operation ends", || async {
            if node.container(sandbox).is_some_and(|found| found.phase.is_live()) {
                node.engine.kill(&container_name(sandbox).unwrap(), 1);
            }
            let row = node.operation(id).await;
            if row.status == OperationStatus::Queued && row.attempt > 0 {
                node.clock.reach(row.not_before);
                node.reap().await;
            }
            row.status.is_final().then_some(row)
        })
        .await;
    assert_eq!(done.status, OperationStatus::Failed);
    assert_eq!(done.error.unwrap().code, ErrorCode::SandboxUnavailable);
    assert_eq!(node.sandbox(sandbox).await.unwrap().status, SandboxStatus::Error);
    worker.stop().await;
}

#[tokio::test]
async fn a_pid_1_that_is_too_old_is_left_alone() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    node.put(app, "K", "1", AccessPolicy::Both).await;
    let environments = &node.init.environments;
    environments.unsupported.store(true, Ordering::SeqCst);
    let sandbox = node.create(app).await;
    node.put(app, "K", "2", AccessPolicy::Both).await;
    // The start asked, and so does the worker's own broker, once.
    node.until("the worker's own broker has asked", || async {
        (environments.asked.load(Ordering::SeqCst) >= 2).then_some(())
    })
    .await;
    let asked = environments.asked.load(Ordering::SeqCst);
    let pace = Pace { again: Duration::from_millis(1), retry: Duration::from_millis(1) };
    let _broker = node.broker(pace);
    node.until("a new broker has asked once", || async {
        (environments.asked.load(Ordering::SeqCst) > asked).then_some(())
    })
    .await;
    let asked = environments.asked.load(Ordering::SeqCst);
    // Another sandbox comes and goes; at this pace it is asked often meanwhile.
    environments.unsupported.store(false, Ordering::SeqCst);
    let other = node.create(node.app("two").await).await;
    node.has(other, Values::new()).await;
    node.until("the other is asked again and again", || async {
        (environments.asked.load(Ordering::SeqCst) > asked + 20).then_some(())
    })
    .await;
    assert_eq!(node.starts(sandbox), [] as [Values; 0]);
    // The next start asks anew.
    node.stop(sandbox).await;
    node.start(sandbox).await;
    assert_eq!(node.starts(sandbox), [values([("K", "2")])]);
    worker.stop().await;
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_until_it_succeeds() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    worker.stop().await;
    let pace = Pace { again: Duration::from_millis(40), retry: Duration::from_millis(1) };
    let _broker = node.broker(pace);
    node.init.environments.unanswered.store(7, Ordering::SeqCst);
    node.put(app, "K", "1", AccessPolicy::Both).await;
    node.has(sandbox, values([("K", "1")])).await;
    node.settled().await;
    assert_eq!(node.init.environments.unanswered.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_pid_1_that_was_started_behind_our_back_gets_it_again() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    node.put(app, "K", "1", AccessPolicy::Both).await;
    let sandbox = node.create(app).await;
    worker.stop().await;
    let pace = Pace { again: Duration::from_millis(20), retry: Duration::from_millis(1) };
    let _broker = node.broker(pace);
    node.init.environments.forget(&node.run_dir(sandbox));
    node.has(sandbox, values([("K", "1")])).await;
}

#[tokio::test]
async fn who_is_given_one_by_somebody_else_waits_its_turn() {
    let node = TestNode::new().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    worker.stop().await;
    let held = node.locks().try_take(&format!("{sandbox}-environment")).unwrap();
    let pace = Pace { again: Duration::from_millis(1), retry: Duration::from_millis(1) };
    let _broker = node.broker(pace);
    node.put(app, "K", "1", AccessPolicy::Both).await;
    // One that nobody has is served all the while.
    let second = node.app("two").await;
    let worker = node.worker().await;
    let other = node.create(second).await;
    node.put(second, "K", "2", AccessPolicy::Both).await;
    node.has(other, values([("K", "2")])).await;
    assert_eq!(node.starts(sandbox), [Values::new()]);
    drop(held);
    node.has(sandbox, values([("K", "1")])).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_leader_that_dies_in_between_is_followed_by_one_that_delivers() {
    let node = TestNode::alone().await;
    let worker = node.worker().await;
    let app = node.app("one").await;
    let sandbox = node.create(app).await;
    node.settled().await;
    // It is given and not noted: as when the leader is killed just then.
    arm("broker.given", Action::Error);
    worker.kill().await;
    let second = node.worker().await;
    node.put(app, "K", "1", AccessPolicy::Both).await;
    // The lease of the dead leader has to run out.
    node.clock.advance(Duration::from_secs(11));
    node.has(sandbox, values([("K", "1")])).await;
    node.settled().await;
    assert_eq!(pending(), Vec::<String>::new());
    assert_eq!(node.starts(sandbox), [Values::new(), values([("K", "1")])], "once, not twice");
    second.stop().await;
}
