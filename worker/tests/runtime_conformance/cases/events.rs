//! What happens to our containers is told, whoever did it.

use futures::StreamExt;
use sandboxd_worker::runtime::ContainerEventKind::{Died, Oom, Paused, Removed, Started, Unpaused};
use sandboxd_worker::runtime::Phase;

use crate::lab::{GRACE, Lab, PATIENCE, create_and_start, events_until, phase, spec, started};

pub(crate) async fn a_life_is_seen(lab: impl Lab) {
    let runtime = lab.runtime();
    let spec = spec(&lab);
    let mut events = runtime.events().await.unwrap();
    create_and_start(&lab, &spec).await;
    let first = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap();
    assert_eq!((first.kind, &first.name, first.generation), (Started, &spec.name, 1));
    assert_eq!(first.sandbox_id, spec.sandbox_id);
    runtime.stop_container(&spec.name, GRACE).await.unwrap();
    runtime.remove_container(&spec.name).await.unwrap();
    let seen = events_until(&mut events, &spec.name, Removed).await;
    assert_eq!(seen, [Died { exit_code: 0 }, Removed]);
}

pub(crate) async fn freezing_is_seen(lab: impl Lab) {
    let runtime = lab.runtime();
    let spec = started(&lab).await;
    let mut events = runtime.events().await.unwrap();
    runtime.pause_container(&spec.name).await.unwrap();
    runtime.unpause_container(&spec.name).await.unwrap();
    let seen = events_until(&mut events, &spec.name, Unpaused).await;
    assert_eq!(seen, [Paused, Unpaused]);
}

pub(crate) async fn out_of_memory_is_seen(lab: impl Lab) {
    let spec = started(&lab).await;
    let mut events = lab.runtime().events().await.unwrap();
    lab.exhaust_memory(&spec.name).await;
    // An engine hears of it from two sides: either may come first.
    let mut seen = events_until(&mut events, &spec.name, Oom).await;
    if !seen.contains(&Died { exit_code: 137 }) {
        seen.extend(events_until(&mut events, &spec.name, Died { exit_code: 137 }).await);
    }
    assert!(seen.iter().all(|kind| matches!(kind, Oom | Died { exit_code: 137 })), "{seen:?}");
}

pub(crate) async fn a_child_without_memory_is_seen_and_the_container_goes_on(lab: impl Lab) {
    let spec = started(&lab).await;
    let mut events = lab.runtime().events().await.unwrap();
    for _ in 0..2 {
        lab.exhaust_memory_of_a_child(&spec.name).await;
        assert_eq!(events_until(&mut events, &spec.name, Oom).await, [Oom]);
        assert_eq!(phase(&lab, &spec.name).await, Some(Phase::Running));
    }
}

pub(crate) async fn a_removal_behind_our_back_is_seen(lab: impl Lab) {
    let spec = started(&lab).await;
    let mut events = lab.runtime().events().await.unwrap();
    lab.remove_by_hand(&spec.name).await;
    let seen = events_until(&mut events, &spec.name, Removed).await;
    assert_eq!(seen, [Died { exit_code: 137 }, Removed]);
    assert_eq!(lab.runtime().inspect_container(&spec.name).await.unwrap(), None);
}

pub(crate) async fn foreign_containers_are_not_seen(lab: impl Lab) {
    let runtime = lab.runtime();
    runtime.ensure_network().await.unwrap();
    let mut events = runtime.events().await.unwrap();
    lab.start_foreign(&spec(&lab)).await;
    let ours = started(&lab).await;
    let first = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.name, ours.name);
}
