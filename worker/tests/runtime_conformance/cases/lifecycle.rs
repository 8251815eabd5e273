//! Start, stop, freeze and removal, each done once and done again.

use std::time::Duration;

use sandboxd_worker::runtime::{ContainerState, Phase, RuntimeError};

use crate::lab::{GRACE, Lab, create_and_start, phase, reaches, sandbox, spec, started};

const EXITED: Option<Phase> = Some(Phase::Exited { code: 0, oom: false });
/// Ends for want of memory that are looked at.
const OOM_ENDS: usize = 4;
const KILLED: Option<Phase> = Some(Phase::Exited { code: 137, oom: false });

pub(crate) async fn a_container_lives_and_goes(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    let state = create_and_start(&lab, &spec).await;
    assert_eq!(state.phase, Phase::Running);
    assert!(state.address.is_some() && state.started_at.is_some(), "{state:?}");
    assert_eq!(runtime.inspect_container(&spec.name).await.unwrap(), Some(state));
    for _ in 0..2 {
        runtime.stop_container(&spec.name, GRACE).await.unwrap();
        let state = runtime.inspect_container(&spec.name).await.unwrap().unwrap();
        assert_eq!((Some(state.phase), state.address), (EXITED, None));
    }
    for _ in 0..2 {
        runtime.remove_container(&spec.name).await.unwrap();
        assert_eq!(runtime.inspect_container(&spec.name).await.unwrap(), None);
    }
}

pub(crate) async fn starting_twice_is_one_start(lab: impl Lab) {
    let spec = spec(&lab);
    let first = create_and_start(&lab, &spec).await;
    let second = lab.runtime().start_container(&spec.name).await.unwrap();
    assert_eq!(first, second);
}

pub(crate) async fn a_stopped_container_starts_again(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    let first = create_and_start(&lab, &spec).await;
    runtime.stop_container(&spec.name, GRACE).await.unwrap();
    let second = runtime.start_container(&spec.name).await.unwrap();
    assert_eq!((first.id, second.phase), (second.id, Phase::Running));
    assert!(second.started_at > first.started_at);
}

pub(crate) async fn absent_is_fine_to_stop_and_remove_only(lab: impl Lab) {
    let (name, _) = sandbox();
    let runtime = lab.runtime();
    runtime.stop_container(&name, GRACE).await.unwrap();
    runtime.remove_container(&name).await.unwrap();
    assert_eq!(runtime.inspect_container(&name).await.unwrap(), None);
    for (call, outcome) in [
        ("start", runtime.start_container(&name).await.map(drop)),
        ("pause", runtime.pause_container(&name).await),
        ("unpause", runtime.unpause_container(&name).await),
    ] {
        assert!(matches!(outcome, Err(RuntimeError::NotFound { .. })), "{call}: {outcome:?}");
    }
}

pub(crate) async fn the_grace_ends_with_a_kill(lab: impl Lab) {
    let spec = started(&lab).await;
    lab.make_stubborn(&spec.name).await;
    lab.runtime().stop_container(&spec.name, Duration::from_millis(500)).await.unwrap();
    assert_eq!(phase(&lab, &spec.name).await, KILLED);
}

pub(crate) async fn an_exit_code_is_kept(lab: impl Lab) {
    let spec = started(&lab).await;
    lab.exit(&spec.name, 42).await;
    let reached = reaches(&lab, &spec.name, |phase| !phase.is_live()).await;
    assert_eq!(reached, Phase::Exited { code: 42, oom: false });
    let listed = lab.runtime().list_containers().await.unwrap();
    assert_eq!(listed[0].phase, reached, "a list says so too");
}

/// Engines learn of it beside the exit, and some (moby 20.10) forget it when it comes second: so it
/// has to be told in one of a few ends, and the kill in each.
pub(crate) async fn out_of_memory_is_told(lab: impl Lab) {
    let spec = started(&lab).await;
    let told = Phase::Exited { code: 137, oom: true };
    for _ in 0..OOM_ENDS {
        lab.exhaust_memory(&spec.name).await;
        let reached = reaches(&lab, &spec.name, |phase| !phase.is_live()).await;
        if reached == told {
            return;
        }
        assert_eq!(Some(reached), KILLED);
        lab.runtime().start_container(&spec.name).await.unwrap();
    }
    panic!("none of {OOM_ENDS} ends told of it");
}

pub(crate) async fn freezing_is_idempotent(lab: impl Lab) {
    let spec = spec(&lab);
    let running = create_and_start(&lab, &spec).await;
    let runtime = lab.runtime();
    runtime.unpause_container(&spec.name).await.unwrap();
    for _ in 0..2 {
        runtime.pause_container(&spec.name).await.unwrap();
        let paused = runtime.inspect_container(&spec.name).await.unwrap().unwrap();
        assert_eq!(paused, ContainerState { phase: Phase::Paused, ..running.clone() });
    }
    let refused = runtime.start_container(&spec.name).await;
    assert!(matches!(refused, Err(RuntimeError::Conflict { .. })), "{refused:?}");
    for _ in 0..2 {
        runtime.unpause_container(&spec.name).await.unwrap();
        assert_eq!(runtime.inspect_container(&spec.name).await.unwrap().unwrap(), running);
    }
}

pub(crate) async fn only_what_runs_is_frozen(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    runtime.create_container(&spec).await.unwrap();
    for (call, outcome) in [
        ("pause", runtime.pause_container(&spec.name).await),
        ("unpause", runtime.unpause_container(&spec.name).await),
    ] {
        assert!(matches!(outcome, Err(RuntimeError::Conflict { .. })), "{call}: {outcome:?}");
    }
}

pub(crate) async fn a_paused_container_can_be_stopped(lab: impl Lab) {
    let spec = started(&lab).await;
    lab.runtime().pause_container(&spec.name).await.unwrap();
    lab.runtime().stop_container(&spec.name, Duration::from_secs(1)).await.unwrap();
    let phase = phase(&lab, &spec.name).await.unwrap();
    assert!(matches!(phase, Phase::Exited { oom: false, .. }), "{phase:?}");
}

pub(crate) async fn a_paused_container_can_be_removed(lab: impl Lab) {
    let spec = started(&lab).await;
    lab.runtime().pause_container(&spec.name).await.unwrap();
    lab.runtime().remove_container(&spec.name).await.unwrap();
    assert_eq!(phase(&lab, &spec.name).await, None);
}

pub(crate) async fn concurrent_removals_all_succeed(lab: impl Lab) {
    let spec = started(&lab).await;
    let runtime = lab.runtime();
    let removals = (0..4).map(|_| async {
        runtime.remove_container(&spec.name).await.unwrap();
        assert_eq!(phase(&lab, &spec.name).await, None, "it returned before it was gone");
    });
    futures::future::join_all(removals).await;
}

pub(crate) async fn addresses_differ_and_go_with_the_container(lab: impl Lab) {
    let (one, other) = (spec(&lab), spec(&lab));
    let first = create_and_start(&lab, &one).await;
    let second = create_and_start(&lab, &other).await;
    assert_ne!(first.address, second.address);
    lab.runtime().stop_container(&one.name, GRACE).await.unwrap();
    let third = create_and_start(&lab, &spec(&lab)).await;
    let again = lab.runtime().start_container(&one.name).await.unwrap();
    let mut addresses = vec![again.address, second.address, third.address];
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 3, "each live one has its own: {addresses:?}");
}

pub(crate) async fn a_list_has_ours_only(lab: impl Lab) {
    let (created, foreign) = (spec(&lab), spec(&lab));
    let runtime = lab.runtime();
    runtime.create_container(&created).await.unwrap();
    let running = started(&lab).await;
    let paused = started(&lab).await;
    runtime.pause_container(&paused.name).await.unwrap();
    lab.start_foreign(&foreign).await;
    let mut expected = Vec::new();
    for name in [&created.name, &running.name, &paused.name] {
        let state = runtime.inspect_container(name).await.unwrap().unwrap();
        expected.push(ContainerState { started_at: None, ..state });
    }
    expected.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(runtime.list_containers().await.unwrap(), expected);
}
