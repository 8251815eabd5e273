//! A one-shot container whose caller goes away.

use std::collections::HashMap;
use std::time::Duration;

use bollard::query_parameters::ListContainersOptionsBuilder;
use sandboxd_worker::runtime::{Runtime, WorkspaceMount};

use crate::docker_lab::DockerLab;
use crate::lab::{Lab, PATIENCE, argv};

/// One-shot containers of this installation, in whatever state.
async fn one_shots(lab: &DockerLab) -> usize {
    let labels = vec!["sandboxd.once".to_owned(), format!("sandboxd.node={}", lab.config.node)];
    let filter = HashMap::from([("label", labels)]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
    lab.docker.list_containers(Some(options)).await.unwrap().len()
}

async fn become_count(lab: &DockerLab, wanted: usize) {
    let reached = async {
        while one_shots(lab).await != wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the count was not reached");
}

#[tokio::test]
async fn a_dropped_call_takes_its_container_along() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_dropped_call_takes_its_container_along_in).await;
    }
}

async fn a_dropped_call_takes_its_container_along_in(lab: DockerLab) {
    let (image, mount) = (lab.image(), WorkspaceMount::Bind { source: lab.directory("once") });
    let command = argv(&["sleep", "600"]);
    let call = lab.runtime.run_once(&image, &mount, &command, Duration::from_secs(600));
    tokio::select! {
        outcome = call => panic!("it ended: {outcome:?}"),
        () = become_count(&lab, 1) => {}
    }
    assert_eq!(lab.runtime.list_containers().await.unwrap(), [], "no list shows it");
    become_count(&lab, 0).await;
}
