//! Best of N: children made once whatever dies, and taken back with all that was begun in them.

use sandboxd_shared::clock::Clock;
use sandboxd_shared::domain::{OperationStatus, TaskStatus};
use sandboxd_shared::ids::{OperationId, SandboxId};
use sandboxd_shared::jobs::explore_app::{self, Input, Spec};
use sandboxd_shared::jobs::{self, Accepted};
use sandboxd_worker::failpoint::{Action, arm};

use crate::node::TestNode;
use crate::task_kit::spec;

const FORKS: &str = "SELECT count(*) FROM operations WHERE kind = 'app.fork'";
const APPS: &str = "SELECT count(*) FROM apps";

impl TestNode {
    async fn ask_explore(&self, sandbox: SandboxId, count: u32) -> OperationId {
        let app = self.find_app(self.sandbox(sandbox).await.unwrap().app_id).await.unwrap();
        let asked = Spec { snapshot: None, count, task: spec(), copy_config: false };
        let mut tx = self.store.write().await.unwrap();
        let now = self.clock.now();
        let accepted = explore_app::accept(&mut tx, &app, asked, self.defaults(), now).await;
        let Ok(Accepted::New(operation)) = accepted else { panic!("{accepted:?}") };
        tx.commit().await.unwrap();
        operation.id
    }
}

#[tokio::test]
async fn a_step_that_fails_makes_no_child_twice() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    let (mut forks, mut apps) = (0, 1);
    for step in ["await_snapshot", "fork_app", "await_tasks"] {
        arm(&format!("app.explore.{step}"), Action::Error);
        let operation = node.ask_explore(sandbox, 2).await;
        let done = node.succeed(operation).await;
        assert_eq!(done.attempt, 2, "{step}");
        let mut told = node.timeline(operation).await;
        told.retain(|kind| kind != "operation.retried");
        assert_eq!(told, ["app.explore.started", "app.explored"], "{step}");
        (forks, apps) = (forks + 1, apps + 2);
        assert_eq!((node.count(FORKS).await, node.count(APPS).await), (forks, apps), "{step}");
        for child in jobs::input::<Input>(&done).unwrap().children {
            node.assert_task_ended(child.task_id, TaskStatus::Succeeded).await;
            assert_eq!(node.agents.starts(child.task_id), 1, "{step}");
        }
    }
}

#[tokio::test]
async fn a_child_whose_agent_fails_is_an_answer_too() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"no idea\n", Some(3));
    let operation = node.ask_explore(sandbox, 2).await;
    let done = node.succeed(operation).await;
    for child in jobs::input::<Input>(&done).unwrap().children {
        node.assert_task_ended(child.task_id, TaskStatus::Failed).await;
        node.assert_running(child.sandbox_id).await;
    }
}

#[tokio::test]
async fn cancelling_takes_the_children_back_while_their_agents_work() {
    let node = TestNode::new().await;
    let _worker = node.worker().await;
    let sandbox = node.ready_sandbox().await;
    node.agents.script(b"", None);
    let operation = node.ask_explore(sandbox, 3).await;
    let children = jobs::input::<Input>(&node.operation(operation).await).unwrap().children;
    node.until("the agents work", || async {
        children.iter().all(|child| node.agents.starts(child.task_id) == 1).then_some(())
    })
    .await;
    node.cancel(operation).await.unwrap();
    assert_eq!(node.end(operation).await.status, OperationStatus::Cancelled);
    assert_eq!(node.timeline(operation).await, ["app.explore.started", "operation.cancelled"]);
    node.until("the children are gone", || async { (node.count(APPS).await == 1).then_some(()) })
        .await;
    for child in &children {
        assert!(node.container(child.sandbox_id).is_none());
    }
    node.assert_running(sandbox).await;
}
