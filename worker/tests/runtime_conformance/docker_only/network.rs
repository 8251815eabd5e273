//! The network between sandboxes: there, and closed.

use bollard::models::NetworkCreateRequest;
use sandboxd_worker::runtime::docker::{DockerConfig, DockerRuntime};
use sandboxd_worker::runtime::{Runtime, RuntimeError};

use crate::docker_lab::{DOOMED, DockerLab};
use crate::lab::{PATIENCE, create_and_start, sh, spec};

#[tokio::test]
async fn a_sandbox_does_not_reach_another() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_sandbox_does_not_reach_another_in).await;
    }
}

async fn a_sandbox_does_not_reach_another_in(lab: DockerLab) {
    let (server, client) = (spec(&lab), spec(&lab));
    let address = create_and_start(&lab, &server).await.address.unwrap();
    create_and_start(&lab, &client).await;
    let serve = sh("cd /tmp && echo served > f && httpd -p 8080 -h /tmp");
    let served = lab.runtime.exec(&server.name, &serve, PATIENCE).await.unwrap();
    assert_eq!(served.code, 0, "{}", served.text());
    // Not wget: a static busybox's falls over its own time limit.
    let fetch = sh(&format!("echo 'GET /f HTTP/1.0' | nc -w 2 {address} 8080 | tail -n 1"));
    let own = lab.runtime.exec(&server.name, &fetch, PATIENCE).await.unwrap();
    assert_eq!(own.text(), "served\n", "the server serves");
    let other = lab.runtime.exec(&client.name, &fetch, PATIENCE).await.unwrap();
    assert!(!other.text().contains("served"), "another sandbox got {}", other.text());
}

#[tokio::test]
async fn a_network_that_was_pruned_comes_back() {
    if let Some(lab) = DockerLab::connect_to(DOOMED.0, DOOMED.1).await {
        crate::run(lab, a_network_that_was_pruned_comes_back_in).await;
    }
}

async fn a_network_that_was_pruned_comes_back_in(lab: DockerLab) {
    let spec = spec(&lab);
    lab.runtime.ensure_network().await.unwrap();
    lab.runtime.create_container(&spec).await.unwrap();
    lab.docker.remove_network(DOOMED.0).await.unwrap();
    let state = lab.runtime.start_container(&spec.name).await.unwrap();
    assert!(state.address.is_some(), "{state:?}");
    lab.runtime.remove_container(&spec.name).await.unwrap();
    lab.docker.remove_network(DOOMED.0).await.unwrap();
}

#[tokio::test]
async fn an_open_network_of_that_name_is_refused() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, an_open_network_of_that_name_is_refused_in).await;
    }
}

async fn an_open_network_of_that_name_is_refused_in(lab: DockerLab) {
    let name = "sandboxd-open".to_owned();
    let request = NetworkCreateRequest { name: name.clone(), ..Default::default() };
    lab.docker.create_network(request).await.unwrap();
    let config = DockerConfig { network: name.clone(), ..lab.config.clone() };
    let refused = DockerRuntime::new(config).unwrap().ensure_network().await;
    lab.docker.remove_network(&name).await.unwrap();
    let refused = refused.unwrap_err();
    assert!(matches!(refused, RuntimeError::Conflict { .. }), "{refused:?}");
    assert!(refused.to_string().contains("another name"), "{refused}");
}
