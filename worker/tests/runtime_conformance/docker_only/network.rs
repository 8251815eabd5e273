//! The network between sandboxes: there, and closed.

use std::net::Ipv4Addr;

use bollard::models::NetworkCreateRequest;
use sandboxd_worker::runtime::docker::{DockerConfig, DockerRuntime};
use sandboxd_worker::runtime::{Attachment, Runtime, RuntimeError, SandboxContainer};

use crate::docker_lab::{DOOMED, DockerLab};
use crate::lab::{Lab, PATIENCE, create_and_start, sh, spec};

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

#[tokio::test]
async fn of_workers_that_start_at_once_all_have_the_network() {
    if let Some(lab) = DockerLab::connect_to(RACED.0, RACED.1).await {
        crate::run(lab, of_workers_that_start_at_once_all_have_the_network_in).await;
    }
}

/// A network that is made by several at once.
const RACED: (&str, &str) = ("sandboxd-raced", "sbxraced0");

async fn of_workers_that_start_at_once_all_have_the_network_in(lab: DockerLab) {
    let config = owning(&lab.config, "10.214.9.0/24");
    for round in 0..10 {
        let workers = (0..4).map(|_| {
            let runtime = DockerRuntime::new(config.clone()).unwrap();
            tokio::spawn(async move { runtime.ensure_network().await })
        });
        for made in futures::future::join_all(workers).await {
            let made = made.unwrap().unwrap_or_else(|error| panic!("round {round}: {error}"));
            assert_eq!(made.subnet.as_deref(), Some("10.214.9.0/24"));
        }
        lab.docker.remove_network(RACED.0).await.unwrap();
    }
}

#[tokio::test]
async fn a_subnet_that_another_network_has_is_told_with_what_to_do() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_subnet_that_another_network_has_is_told_with_what_to_do_in).await;
    }
}

async fn a_subnet_that_another_network_has_is_told_with_what_to_do_in(lab: DockerLab) {
    let bridge = "sbxother0";
    let other = DockerConfig {
        network: "somebody-elses".to_owned(),
        bridge: bridge.to_owned(),
        ..owning(&lab.config, "10.214.10.0/24")
    };
    DockerRuntime::new(other).unwrap().ensure_network().await.unwrap();
    // Not all networks of an engine have a route on this host.
    let down = std::process::Command::new("ip").args(["link", "set", bridge, "down"]).status();
    assert!(down.unwrap().success());
    let config = DockerConfig {
        network: "sandboxd-late".to_owned(),
        bridge: "sbxlate0".to_owned(),
        ..owning(&lab.config, "10.214.10.128/25")
    };
    let refused = DockerRuntime::new(config).unwrap().ensure_network().await;
    lab.docker.remove_network("somebody-elses").await.unwrap();
    let refused = refused.unwrap_err();
    assert!(matches!(refused, RuntimeError::Conflict { .. }), "{refused:?}");
    let told = refused.to_string();
    let why = "10.214.10.0/24 of network somebody-elses; set another SANDBOXD_SUBNET";
    assert!(told.contains(why), "{told}");
}

#[tokio::test]
async fn an_attachment_is_as_it_says() {
    if let Some(lab) = DockerLab::connect_to(OWN.0, OWN.1).await {
        crate::run(lab, an_attachment_is_as_it_says_in).await;
    }
}

/// A network with a subnet, and the runtime that owns it.
const OWN: (&str, &str) = ("sandboxd-own", "sbxown0");

fn owning(config: &DockerConfig, subnet: &str) -> DockerConfig {
    DockerConfig { subnet: Some(subnet.parse().unwrap()), ..config.clone() }
}

async fn an_attachment_is_as_it_says_in(lab: DockerLab) {
    let config = owning(&lab.config, "10.214.7.0/24");
    let runtime = DockerRuntime::new(config.clone()).unwrap();
    runtime.ensure_network().await.unwrap();
    let hosts = lab.directory("files").join("hosts");
    std::fs::write(&hosts, "192.0.2.1\ta.example.com\n").unwrap();
    let address = Ipv4Addr::new(10, 214, 7, 77);
    let attachment = Attachment {
        address: Some(address),
        resolvers: vec![Ipv4Addr::new(192, 0, 2, 53)],
        hosts: Some(hosts.clone()),
    };
    let spec = SandboxContainer { attachment, ..spec(&lab) };
    for _ in 0..2 {
        runtime.create_container(&spec).await.unwrap();
        let state = runtime.start_container(&spec.name).await.unwrap();
        assert_eq!(state.address, Some(address.into()), "the address is kept");
        let shown = runtime.exec(&spec.name, &sh("cat /etc/hosts"), PATIENCE).await.unwrap();
        assert_eq!(shown.text(), "192.0.2.1\ta.example.com\n");
        let write = sh("echo x >> /etc/hosts");
        assert_ne!(runtime.exec(&spec.name, &write, PATIENCE).await.unwrap().code, 0);
        let found = lab.docker.inspect_container(spec.name.as_str(), None).await.unwrap();
        let dns = found.host_config.unwrap().dns.unwrap_or_default();
        assert_eq!(dns, ["192.0.2.53"]);
        runtime.remove_container(&spec.name).await.unwrap();
    }

    // Another installation, another subnet, and a route in the way.
    let other = DockerConfig { node: "another".to_owned(), ..config.clone() };
    let moved = owning(&lab.config, "10.214.8.0/24");
    for (config, why) in [(other, "another installation's"), (moved, "10.214.7.0/24, not")] {
        let refused = DockerRuntime::new(config).unwrap().ensure_network().await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let (name, bridge) = ("sandboxd-over".to_owned(), "sbxover0".to_owned());
    let over = DockerConfig { network: name, bridge, ..owning(&lab.config, "10.214.0.0/16") };
    let refused = DockerRuntime::new(over).unwrap().ensure_network().await.unwrap_err();
    assert!(refused.to_string().contains("SANDBOXD_SUBNET"), "{refused}");
    lab.docker.remove_network(OWN.0).await.unwrap();

    // One from before subnets were chosen is made anew, unless it is somebody else's.
    lab.runtime.ensure_network().await.unwrap();
    let made = runtime.ensure_network().await.unwrap();
    assert_eq!(made.subnet.as_deref(), Some("10.214.7.0/24"));
    lab.docker.remove_network(OWN.0).await.unwrap();
}
