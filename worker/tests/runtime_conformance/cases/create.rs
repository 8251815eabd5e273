//! Making a container exactly once, from exactly one spec.

use sandboxd_worker::runtime::{Limits, Phase, RuntimeError, SandboxContainer, WorkspaceMount};

use crate::lab::{Lab, create_and_start, phase, spec, volume};

pub(crate) async fn creating_twice_makes_one(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    runtime.create_container(&spec).await.unwrap();
    let first = runtime.inspect_container(&spec.name).await.unwrap().unwrap();
    runtime.create_container(&spec).await.unwrap();
    let second = runtime.inspect_container(&spec.name).await.unwrap().unwrap();
    assert_eq!(first, second);
    assert_eq!(first.phase, Phase::Created);
    assert_eq!((first.generation, first.address, first.started_at), (1, None, None));
    assert_eq!(first.sandbox_id, spec.sandbox_id);
    assert_eq!(first.operation_id, "op-1");
    assert_eq!(first.image, lab.image());
}

pub(crate) async fn another_generation_is_stale(lab: impl Lab) {
    let spec = spec(&lab);
    let before = create_and_start(&lab, &spec).await;
    let next = SandboxContainer { generation: 2, ..spec };
    let refused = lab.runtime().create_container(&next).await.unwrap_err();
    assert!(matches!(refused, RuntimeError::Stale { .. }), "{refused:?}");
    assert!(refused.to_string().contains("generation 1"), "{refused}");
    let after = lab.runtime().inspect_container(&next.name).await.unwrap().unwrap();
    assert_eq!(before, after, "the stale one is left as it is");
}

pub(crate) async fn another_spec_is_stale(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    runtime.create_container(&spec).await.unwrap();
    let limits = Limits { pids: 65, ..spec.limits };
    for other in [
        SandboxContainer { limits, ..spec.clone() },
        SandboxContainer { env: Vec::new(), ..spec.clone() },
        SandboxContainer { sandbox_id: "another".to_owned(), ..spec.clone() },
    ] {
        let refused = runtime.create_container(&other).await;
        assert!(matches!(refused, Err(RuntimeError::Stale { .. })), "{refused:?}");
    }
}

pub(crate) async fn another_operation_is_not_stale(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    runtime.create_container(&spec).await.unwrap();
    let again = SandboxContainer { operation_id: "op-2".to_owned(), ..spec };
    runtime.create_container(&again).await.unwrap();
    let state = runtime.inspect_container(&again.name).await.unwrap().unwrap();
    assert_eq!(state.operation_id, "op-1", "the label says who made it");
}

pub(crate) async fn concurrent_creates_make_one(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    let outcomes = futures::future::join_all((0..8).map(|_| runtime.create_container(&spec))).await;
    for outcome in outcomes {
        outcome.unwrap();
    }
    let ours = runtime.list_containers().await.unwrap();
    assert_eq!(ours.len(), 1, "{ours:?}");
}

pub(crate) async fn a_missing_image_is_named(lab: impl Lab) {
    let spec = SandboxContainer { image: "sandboxd-absent:1".to_owned(), ..spec(&lab) };
    let refused = lab.runtime().create_container(&spec).await.unwrap_err();
    assert!(matches!(refused, RuntimeError::NoImage { .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("sandboxd-absent:1") && text.contains("scripts/image"), "{text}");
    assert!(!refused.is_retryable());
    assert_eq!(phase(&lab, &spec.name).await, None);
}

pub(crate) async fn a_missing_volume_is_not_made_up(lab: impl Lab) {
    let workspace = WorkspaceMount::Volume { name: volume() };
    let spec = SandboxContainer { workspace, ..spec(&lab) };
    let refused = lab.runtime().create_container(&spec).await;
    assert!(matches!(refused, Err(RuntimeError::NotFound { .. })), "{refused:?}");
    assert_eq!(phase(&lab, &spec.name).await, None);
    assert_eq!(lab.runtime().list_volumes().await.unwrap(), []);
}

pub(crate) async fn a_foreign_container_is_left_alone(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    runtime.ensure_network().await.unwrap();
    lab.start_foreign(&spec).await;
    let grace = std::time::Duration::ZERO;
    let refusals = [
        ("create", runtime.create_container(&spec).await),
        ("start", runtime.start_container(&spec.name).await.map(drop)),
        ("pause", runtime.pause_container(&spec.name).await),
        ("stop", runtime.stop_container(&spec.name, grace).await),
        ("remove", runtime.remove_container(&spec.name).await),
        ("inspect", runtime.inspect_container(&spec.name).await.map(drop)),
        (
            "exec",
            runtime.exec(&spec.name, &["true".to_owned()], crate::lab::PATIENCE).await.map(drop),
        ),
    ];
    for (call, refused) in refusals {
        assert!(matches!(refused, Err(RuntimeError::Conflict { .. })), "{call}: {refused:?}");
    }
}

pub(crate) async fn a_senseless_spec_is_refused(lab: impl Lab) {
    let spec = spec(&lab);
    for bad in [
        SandboxContainer { image: "a?b".to_owned(), ..spec.clone() },
        SandboxContainer { run_dir: "relative".into(), ..spec.clone() },
        SandboxContainer { env: vec![("A=B".to_owned(), String::new())], ..spec.clone() },
        SandboxContainer { limits: Limits { cpus: -1.0, ..spec.limits }, ..spec.clone() },
        SandboxContainer { sandbox_id: "a b".to_owned(), ..spec.clone() },
    ] {
        let refused = lab.runtime().create_container(&bad).await;
        assert!(matches!(refused, Err(RuntimeError::Invalid { .. })), "{refused:?}");
    }
    assert_eq!(phase(&lab, &spec.name).await, None);
}
