//! A create that nobody waits for any more.

use sandboxd_worker::runtime::Runtime;

use crate::docker_lab::DockerLab;
use crate::lab::{PATIENCE, phase, spec};

#[tokio::test]
async fn removing_waits_for_a_create_that_was_cut_off() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, removing_waits_for_a_create_that_was_cut_off_in).await;
    }
}

/// Cut off as soon as the engine lists the container, which is before it can be removed.
async fn removing_waits_for_a_create_that_was_cut_off_in(lab: DockerLab) {
    for _ in 0..5 {
        let spec = spec(&lab);
        let listed = async {
            while lab.runtime.list_containers().await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = listed => {}
            outcome = lab.runtime.create_container(&spec) => outcome.unwrap(),
            () = tokio::time::sleep(PATIENCE) => panic!("the engine made nothing"),
        }
        lab.runtime.remove_container(&spec.name).await.unwrap();
        assert_eq!(lab.runtime.list_containers().await.unwrap(), []);
        assert_eq!(phase(&lab, &spec.name).await, None);
    }
}
