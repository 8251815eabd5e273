//! The knobs of the fake, which tests of job handlers turn.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use sandboxd_worker::runtime::fake::{Call, FakeEngine, FakeRuntime};
use sandboxd_worker::runtime::{Limits, Phase, Runtime, RuntimeError, SandboxContainer};

use crate::fake_lab::{FakeLab, IMAGE};
use crate::lab::{create_and_start, spec};

fn lost() -> RuntimeError {
    RuntimeError::Timeout { operation: "planted".to_owned(), after: Duration::ZERO }
}

#[tokio::test]
async fn a_planted_failure_hits_once_and_changes_nothing() {
    let lab = FakeLab::new();
    let spec = spec(&lab);
    lab.runtime.engine().fail_next(Call::CreateContainer, lost);
    let failed = lab.runtime.create_container(&spec).await;
    assert!(matches!(failed, Err(RuntimeError::Timeout { .. })), "{failed:?}");
    assert_eq!(lab.runtime.engine().peek(&spec.name), None);
    lab.runtime.create_container(&spec).await.unwrap();
    let calls = lab.runtime.engine().calls();
    assert_eq!(calls, vec![(Call::CreateContainer, spec.name.to_string()); 2]);
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done() {
    let lab = FakeLab::new();
    let spec = spec(&lab);
    lab.runtime.create_container(&spec).await.unwrap();
    lab.runtime.engine().lose_next_answer(Call::StartContainer, lost);
    assert!(lab.runtime.start_container(&spec.name).await.is_err());
    assert_eq!(lab.runtime.engine().peek(&spec.name).unwrap().phase, Phase::Running);
    assert!(lab.runtime.start_container(&spec.name).await.is_ok());
}

#[tokio::test]
async fn an_engine_that_is_down_refuses_all_and_ends_streams() {
    let lab = FakeLab::new();
    let mut events = lab.runtime.events().await.unwrap();
    lab.runtime.engine().set_down(true);
    let refused = lab.runtime.ping().await;
    assert!(matches!(refused, Err(RuntimeError::Unavailable { .. })), "{refused:?}");
    let last = events.next().await.unwrap();
    assert!(matches!(last, Err(RuntimeError::Unavailable { .. })), "{last:?}");
    assert!(events.next().await.is_none());
    lab.runtime.engine().set_down(false);
    lab.runtime.ping().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_delay_holds_up_one_call() {
    let lab = FakeLab::new();
    lab.runtime.engine().delay_next(Call::Ping, Duration::from_secs(60));
    let early = tokio::time::timeout(Duration::from_secs(59), lab.runtime.ping()).await;
    assert!(early.is_err(), "it answered too soon");
    tokio::time::timeout(Duration::from_secs(1), lab.runtime.ping()).await.unwrap().unwrap();
}

#[tokio::test]
async fn starts_are_refused_when_memory_is_given_away() {
    let lab = FakeLab::new();
    let first = spec(&lab);
    lab.runtime.engine().set_memory(first.limits.memory_bytes * 3 / 2);
    create_and_start(&lab, &first).await;
    let second = spec(&lab);
    lab.runtime.create_container(&second).await.unwrap();
    let refused = lab.runtime.start_container(&second.name).await.unwrap_err();
    assert!(refused.is_retryable(), "{refused:?}");
    let smaller = Limits { memory_bytes: first.limits.memory_bytes / 2, ..first.limits };
    lab.runtime.remove_container(&second.name).await.unwrap();
    create_and_start(&lab, &SandboxContainer { limits: smaller, ..second }).await;
}

#[tokio::test]
async fn two_workers_share_one_engine() {
    let engine = FakeEngine::new(&[IMAGE]);
    let one = FakeRuntime::new(Arc::clone(&engine), "ours");
    let other = FakeRuntime::new(engine, "ours");
    let spec = spec(&FakeLab::new());
    one.create_container(&spec).await.unwrap();
    other.start_container(&spec.name).await.unwrap();
    let state = one.inspect_container(&spec.name).await.unwrap().unwrap();
    assert_eq!(state.phase, Phase::Running);
}
