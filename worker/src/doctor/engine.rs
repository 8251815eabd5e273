//! The engine: whether it answers, and whether it can do what sandboxes need.

use sandboxd_shared::node::{Finding, chain};

use super::Doctor;
use crate::runtime::EngineInfo;

/// The oldest engine that everything was tried with.
const OLDEST: (u32, u32) = (20, 10);
const CHECK: &str = "engine";

impl Doctor {
    pub(super) async fn engine(&self) -> Vec<Finding> {
        match self.containers.runtime.ping().await {
            Ok(info) => judge(&info),
            Err(error) => vec![Finding::error(
                CHECK,
                format!("it doesn't answer: {}", chain(&error)),
                "check on the host that Docker runs (systemctl status docker), and that \
                 DOCKER_HOST of the workers is its socket",
            )],
        }
    }
}

fn judge(info: &EngineInfo) -> Vec<Finding> {
    let mut found = Vec::new();
    if version(&info.version).is_none_or(|version| version < OLDEST) {
        let (major, minor) = OLDEST;
        found.push(Finding::error(
            CHECK,
            format!("its version is {:?}", info.version),
            format!("update Docker to {major}.{minor} or newer"),
        ));
    }
    if !info.unenforced.is_empty() {
        found.push(Finding::error(
            CHECK,
            format!("it can't enforce limits of {}", info.unenforced.join(", ")),
            "turn these cgroup controllers on (kernel command line, or the unit that runs Docker)",
        ));
    }
    if !info.bridge_filtered {
        found.push(Finding::error(
            CHECK,
            "traffic over bridges skips iptables: sandboxes reach each other",
            "modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1, and keep \
             both over restarts",
        ));
    }
    if !info.seccomp {
        found.push(Finding::warning(
            CHECK,
            "it runs containers without its seccomp profile",
            "take seccomp-profile=unconfined out of the engine's settings",
        ));
    }
    if info.rootless {
        found.push(Finding::warning(
            CHECK,
            "it runs without root: workspaces can only be copies",
            "use an engine that runs as root for workspaces that are captured at once",
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(
            CHECK,
            format!(
                "Docker {} (API {}), storage {}, cgroup {}",
                info.version, info.api_version, info.storage_driver, info.cgroup
            ),
        ));
    }
    found
}

/// The first two numbers of a version.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(['.', '-', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use sandboxd_shared::node::Severity;

    use super::*;

    fn info() -> EngineInfo {
        EngineInfo {
            version: "20.10.24+dfsg1".to_owned(),
            api_version: "1.41".to_owned(),
            cpus: 2,
            memory_bytes: 1 << 30,
            oci_runtimes: vec![],
            seccomp: true,
            rootless: false,
            userns_remap: false,
            bridge_filtered: true,
            storage_driver: "overlay2".to_owned(),
            cgroup: "2 (systemd)".to_owned(),
            unenforced: vec![],
        }
    }

    fn worst(info: &EngineInfo) -> (usize, Severity) {
        let found = judge(info);
        (found.len(), found.iter().map(|finding| finding.severity).max().unwrap())
    }

    #[test]
    fn an_engine_is_judged_by_what_it_can_do() {
        assert_eq!(worst(&info()), (1, Severity::Ok));
        for version in ["19.03.15", "20.9.0", "master"] {
            let old = EngineInfo { version: version.to_owned(), ..info() };
            assert_eq!(worst(&old), (1, Severity::Error), "{version}");
        }
        let new = EngineInfo { version: "28.1.1".to_owned(), seccomp: false, ..info() };
        assert_eq!(worst(&new), (1, Severity::Warning));
        let open = EngineInfo { bridge_filtered: false, unenforced: vec!["memory"], ..info() };
        assert_eq!(worst(&open), (2, Severity::Error));
    }
}
