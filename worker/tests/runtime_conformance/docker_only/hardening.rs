//! What the engine made of our request, and what a process inside sees of it.

use std::collections::HashMap;

use bollard::models::{HostConfig, MountPoint, RestartPolicyNameEnum};
use bollard::query_parameters::InspectContainerOptions;
use sandboxd_worker::runtime::docker::{DockerConfig, DockerRuntime};
use sandboxd_worker::runtime::{Limits, Runtime, SandboxContainer, WorkspaceMount};

use crate::docker_lab::DockerLab;
use crate::lab::{Lab, PATIENCE, create_and_start, sh, spec, volume};

#[tokio::test]
async fn the_container_is_tight() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, the_container_is_tight_in).await;
    }
}

async fn the_container_is_tight_in(lab: DockerLab) {
    let name = volume();
    lab.runtime.create_volume(&name, &Default::default(), "probe").await.unwrap();
    let base = spec(&lab);
    let spec = SandboxContainer {
        workspace: WorkspaceMount::Volume { name: name.clone() },
        limits: Limits { nofile: Some(1 << 20), ..base.limits },
        ..base
    };
    create_and_start(&lab, &spec).await;
    let options = None::<InspectContainerOptions>;
    let found = lab.docker.inspect_container(spec.name.as_str(), options).await.unwrap();
    check_host(&found.host_config.unwrap(), &lab);
    check_mounts(&found.mounts.unwrap(), name.as_str());
    let config = found.config.unwrap();
    assert_eq!(config.user.as_deref(), Some("1000:1000"));
    assert_eq!(config.hostname.as_deref(), Some("sandbox"));
    assert_eq!(config.working_dir.as_deref(), Some("/home/sandbox"));
    assert_eq!(config.healthcheck.unwrap().test.unwrap(), ["NONE"]);
    let labels = config.labels.unwrap();
    let label = |key: &str| labels.get(key).map(String::as_str);
    assert_eq!(label("sandboxd.managed"), Some("true"));
    assert_eq!(label("sandboxd.node"), Some(lab.config.node.as_str()));
    assert_eq!(label("sandboxd.sandbox"), Some(spec.sandbox_id.as_str()));
    assert_eq!(label("sandboxd.generation"), Some("1"));
    assert_eq!(label("sandboxd.operation"), Some("op-1"));
    assert_eq!(label("sandboxd.spec"), Some(spec.fingerprint().as_str()));
    let networks = found.network_settings.unwrap().networks.unwrap();
    assert_eq!(networks.keys().collect::<Vec<_>>(), [&lab.config.network]);
}

fn check_host(host: &HostConfig, lab: &DockerLab) {
    let memory = 48 * 1024 * 1024;
    assert_eq!(host.readonly_rootfs, Some(true));
    assert_eq!(host.cap_drop.as_deref(), Some(&["ALL".to_owned()][..]));
    assert!(host.cap_add.as_ref().is_none_or(Vec::is_empty));
    assert_eq!(host.security_opt.as_deref(), Some(&["no-new-privileges:true".to_owned()][..]));
    assert_ne!(host.privileged, Some(true));
    assert_eq!((host.memory, host.memory_swap), (Some(memory), Some(memory)));
    assert_eq!((host.nano_cpus, host.pids_limit), (Some(1_000_000_000), Some(64)));
    let nofile = &host.ulimits.as_ref().unwrap()[0];
    let ceiling = lab.config.nofile_ceiling.map_or(1 << 20, |c| c.min(1 << 20).cast_signed());
    assert_eq!((nofile.soft, nofile.hard), (Some(ceiling), Some(ceiling)));
    assert_eq!(host.restart_policy.as_ref().unwrap().name, Some(RestartPolicyNameEnum::NO));
    assert!(host.port_bindings.as_ref().is_none_or(HashMap::is_empty));
    assert_ne!(host.publish_all_ports, Some(true));
    assert!(host.devices.as_ref().is_none_or(Vec::is_empty));
    assert!(host.binds.as_ref().is_none_or(Vec::is_empty));
    assert_eq!(host.ipc_mode.as_deref(), Some("private"));
    assert!(host.pid_mode.as_deref().is_none_or(str::is_empty));
    assert!(host.uts_mode.as_deref().is_none_or(str::is_empty));
    assert_eq!(host.network_mode.as_deref(), Some(lab.config.network.as_str()));
    assert!(host.masked_paths.as_ref().is_some_and(|paths| !paths.is_empty()));
    let log = host.log_config.as_ref().unwrap();
    assert_eq!(log.typ.as_deref(), Some("json-file"));
    let option = |key: &str| log.config.as_ref().unwrap().get(key).map(String::as_str);
    assert_eq!((option("max-size"), option("max-file")), (Some("1m"), Some("1")));
}

fn check_mounts(mounts: &[MountPoint], volume: &str) {
    assert_eq!(mounts.len(), 2, "{mounts:?}");
    let at = |path: &str| {
        mounts.iter().find(|mount| mount.destination.as_deref() == Some(path)).unwrap()
    };
    assert_eq!(at("/home/sandbox").typ.as_deref(), Some("volume"));
    assert_eq!(at("/home/sandbox").name.as_deref(), Some(volume));
    assert_eq!(at("/run/sandboxd").typ.as_deref(), Some("bind"));
}

#[tokio::test]
async fn a_process_inside_is_confined() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_process_inside_is_confined_in).await;
    }
}

async fn a_process_inside_is_confined_in(lab: DockerLab) {
    let spec = spec(&lab);
    create_and_start(&lab, &spec).await;
    let inside = |script: &'static str| {
        let (runtime, name) = (lab.runtime.clone(), spec.name.clone());
        async move { runtime.exec(&name, &sh(script), PATIENCE).await.unwrap() }
    };
    let status = inside("cat /proc/1/status /proc/self/status").await;
    let text = status.text();
    for wanted in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"] {
        assert_eq!(text.matches(wanted).count(), 2, "{wanted} is missing in {text}");
    }
    assert_eq!(text.matches("Seccomp:\t2").count(), 2, "{text}");
    assert_eq!(text.matches("Uid:\t1000\t1000").count(), 2, "{text}");
    for denied in ["touch /x", "touch /home/x", "touch /run/x", "mkdir /bin/x"] {
        let script: &'static str = denied;
        assert_ne!(inside(script).await.code, 0, "{script} was allowed");
    }
    for allowed in ["touch /tmp/x", "touch /home/sandbox/x", "touch /run/sandboxd/x"] {
        let script: &'static str = allowed;
        let answer = inside(script).await;
        assert_eq!(answer.code, 0, "{script}: {}", answer.text());
    }
    let tmp = inside("cat /proc/mounts").await;
    let tmp = tmp.text().lines().find(|line| line.contains(" /tmp ")).unwrap().to_owned();
    assert!(tmp.contains("nosuid") && tmp.contains("nodev"), "{tmp}");
    assert!(tmp.contains("size=24576k"), "half of the memory: {tmp}");
}

#[tokio::test]
async fn a_one_shot_container_is_confined_too() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_one_shot_container_is_confined_in).await;
    }
}

async fn a_one_shot_container_is_confined_in(lab: DockerLab) {
    let mount = WorkspaceMount::Bind { source: lab.directory("once") };
    let script = "cat /proc/self/status; ls /sys/class/net; touch x && ! touch /x";
    let answer = lab.runtime.run_once(&lab.image(), &mount, &sh(script), PATIENCE).await.unwrap();
    let text = answer.text();
    assert_eq!(answer.code, 0, "{text}");
    assert!(text.contains("CapBnd:\t0000000000000000") && text.contains("NoNewPrivs:\t1"));
    assert!(text.contains("\nlo\n") && !text.contains("eth0"), "no network: {text}");
    assert!(lab.directory("once").join("x").exists());
}

#[tokio::test]
async fn without_a_wish_nofile_is_the_engines() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, without_a_wish_nofile_is_the_engines_in).await;
    }
}

async fn without_a_wish_nofile_is_the_engines_in(lab: DockerLab) {
    let config = DockerConfig { nofile_ceiling: Some(512), ..lab.config.clone() };
    let capped = DockerRuntime::new(config).unwrap();
    let (plain, wished) = (spec(&lab), spec(&lab));
    let limits = Limits { nofile: Some(1024), ..wished.limits };
    let wished = SandboxContainer { limits, ..wished };
    capped.create_container(&plain).await.unwrap();
    capped.create_container(&wished).await.unwrap();
    let ulimits = async |spec: &SandboxContainer| {
        let options = None::<InspectContainerOptions>;
        let found = lab.docker.inspect_container(spec.name.as_str(), options).await.unwrap();
        found.host_config.unwrap().ulimits.unwrap_or_default()
    };
    assert!(ulimits(&plain).await.is_empty());
    assert_eq!(ulimits(&wished).await[0].hard, Some(512), "a wish is cut to the ceiling");
}
