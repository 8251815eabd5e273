//! The engine's request for a container: where the sandbox is made tight.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig,
    HostConfigLogConfig, Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountType,
    MountVolumeOptions, NetworkingConfig, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};

use super::config::DockerConfig;
use super::labels::{self, Labels};
use crate::runtime::{Limits, SandboxContainer, WorkspaceMount};

/// The user of every process in a sandbox. An overlay's upper directory belongs to it.
pub(super) const USER: &str = "1000:1000";
const HOME: &str = "/home/sandbox";
const RUN: &str = "/run/sandboxd";
const HOSTS: &str = "/etc/hosts";
const HOSTNAME: &str = "sandbox";
const SHM_BYTES: i64 = 64 * 1024 * 1024;
const LOG_MAX_SIZE: &str = "1m";
const LOG_MAX_FILES: &str = "1";
/// What a `run_once` may use.
const ONCE_LIMITS: Limits =
    Limits { memory_bytes: 256 * 1024 * 1024, cpus: 1.0, pids: 128, nofile: None };

pub(super) fn sandbox(spec: &SandboxContainer, config: &DockerConfig) -> ContainerCreateBody {
    let mut mounts =
        vec![workspace(&spec.workspace), bind(spec.run_dir.to_string_lossy().into_owned(), RUN)];
    if let Some(hosts) = &spec.attachment.hosts {
        let mount = bind(hosts.to_string_lossy().into_owned(), HOSTS);
        mounts.push(Mount { read_only: Some(true), ..mount });
    }
    let mut host = host_config(&spec.limits, mounts, config);
    host.network_mode = Some(config.network.clone());
    host.runtime = spec.oci_runtime.clone();
    let resolvers = &spec.attachment.resolvers;
    host.dns = (!resolvers.is_empty()).then(|| resolvers.iter().map(ToString::to_string).collect());
    let labels = labels::of_container(spec, &config.node);
    let mut body = body(&spec.image, labels, host);
    body.networking_config = spec.attachment.address.map(|address| endpoint(address, config));
    body.env = Some(spec.env.iter().map(|(key, value)| format!("{key}={value}")).collect());
    body
}

fn endpoint(address: Ipv4Addr, config: &DockerConfig) -> NetworkingConfig {
    let ipam = EndpointIpamConfig { ipv4_address: Some(address.to_string()), ..Default::default() };
    let settings = EndpointSettings { ipam_config: Some(ipam), ..Default::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(config.network.clone(), settings)])) }
}

pub(super) fn once(
    image: &str,
    mount: &WorkspaceMount,
    argv: &[String],
    config: &DockerConfig,
) -> ContainerCreateBody {
    let mut host = host_config(&ONCE_LIMITS, vec![workspace(mount)], config);
    host.network_mode = Some("none".to_owned());
    let mut body = body(image, labels::of_once(&config.node), host);
    // An image's own entry point would swallow the command.
    body.entrypoint = Some(argv.to_vec());
    body.cmd = Some(Vec::new());
    body
}

fn body(image: &str, labels: Labels, host: HostConfig) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(image.to_owned()),
        hostname: Some(HOSTNAME.to_owned()),
        user: Some(USER.to_owned()),
        working_dir: Some(HOME.to_owned()),
        labels: Some(labels),
        // An image's own health check would run commands that nobody asked for.
        healthcheck: Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..HealthConfig::default()
        }),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

/// What all our containers have in common. What is absent counts as much: no privilege, device,
/// published port, host namespace, or changed seccomp profile or masked path.
fn host_config(limits: &Limits, mounts: Vec<Mount>, config: &DockerConfig) -> HostConfig {
    let memory = i64::try_from(limits.memory_bytes).expect("invariant: limits are validated");
    let pids = i64::try_from(limits.pids).expect("invariant: limits are validated");
    HostConfig {
        readonly_rootfs: Some(true),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
        ipc_mode: Some("private".to_owned()),
        // PID 1 is the image's own; a daemon may default to putting another one before it.
        init: Some(false),
        memory: Some(memory),
        // The engine counts memory and swap together: the same number is no swap.
        memory_swap: Some(memory),
        nano_cpus: Some(limits.nano_cpus()),
        pids_limit: Some(pids),
        ulimits: limits.nofile.map(|wanted| vec![nofile(wanted, config.nofile_ceiling)]),
        shm_size: Some(SHM_BYTES),
        tmpfs: Some(HashMap::from([("/tmp".to_owned(), tmpfs_options(limits))])),
        mounts: Some(mounts),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from([
                ("max-size".to_owned(), LOG_MAX_SIZE.to_owned()),
                ("max-file".to_owned(), LOG_MAX_FILES.to_owned()),
            ])),
        }),
        ..HostConfig::default()
    }
}

/// `exec`, because build tools run what they unpack there; the engine's default is `noexec`.
/// The mode counts only where the image has no `/tmp`: runc before 1.2 takes that one's.
fn tmpfs_options(limits: &Limits) -> String {
    format!("rw,exec,nosuid,nodev,mode=1777,size={}", limits.tmp_bytes())
}

fn nofile(wanted: u64, ceiling: Option<u64>) -> ResourcesUlimits {
    let value = ceiling.map_or(wanted, |ceiling| wanted.min(ceiling));
    let value = i64::try_from(value).expect("invariant: limits are validated");
    ResourcesUlimits { name: Some("nofile".to_owned()), soft: Some(value), hard: Some(value) }
}

fn workspace(mount: &WorkspaceMount) -> Mount {
    match mount {
        WorkspaceMount::Bind { source } => bind(source.to_string_lossy().into_owned(), HOME),
        WorkspaceMount::Volume { name } => Mount {
            typ: Some(MountType::VOLUME),
            source: Some(name.as_str().to_owned()),
            target: Some(HOME.to_owned()),
            // Otherwise the engine fills an empty volume from the image, owners and all.
            volume_options: Some(MountVolumeOptions {
                no_copy: Some(true),
                ..MountVolumeOptions::default()
            }),
            ..Mount::default()
        },
    }
}

fn bind(source: String, target: &str) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(source),
        target: Some(target.to_owned()),
        bind_options: Some(MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    }
}
