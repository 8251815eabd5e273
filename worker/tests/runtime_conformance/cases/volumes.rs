//! Volumes: made once, never changed, gone only when nothing refers to them.

use std::collections::BTreeMap;
use std::path::Path;

use sandboxd_worker::runtime::{
    RuntimeError, SandboxContainer, VolumeInfo, VolumeName, WorkspaceMount,
};

use crate::lab::{GRACE, Lab, create_and_start, spec, volume};

/// Options of a volume that shows a directory of the host.
fn showing(path: &Path) -> BTreeMap<String, String> {
    let option = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    BTreeMap::from([
        option("type", "none"),
        option("o", "bind"),
        option("device", path.to_str().unwrap()),
    ])
}

async fn made(lab: &dyn Lab, sandbox_id: &str) -> VolumeName {
    let name = volume();
    let options = showing(&lab.directory("shown"));
    lab.runtime().create_volume(&name, &options, sandbox_id).await.unwrap();
    name
}

pub(crate) async fn a_volume_is_made_once(lab: impl Lab) {
    let runtime = lab.runtime();
    let name = made(&lab, "sandbox-1").await;
    let options = showing(&lab.directory("shown"));
    runtime.create_volume(&name, &options, "sandbox-1").await.unwrap();
    let plain = volume();
    runtime.create_volume(&plain, &BTreeMap::new(), "sandbox-2").await.unwrap();
    let mut expected = vec![
        VolumeInfo { name: name.clone(), sandbox_id: "sandbox-1".to_owned() },
        VolumeInfo { name: plain.clone(), sandbox_id: "sandbox-2".to_owned() },
    ];
    expected.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(runtime.list_volumes().await.unwrap(), expected);
    for _ in 0..2 {
        runtime.remove_volume(&name).await.unwrap();
        runtime.remove_volume(&plain).await.unwrap();
        assert_eq!(runtime.list_volumes().await.unwrap(), []);
    }
}

pub(crate) async fn other_options_are_a_mismatch(lab: impl Lab) {
    let name = made(&lab, "sandbox-1").await;
    for other in [showing(&lab.directory("another")), BTreeMap::new()] {
        let refused = lab.runtime().create_volume(&name, &other, "sandbox-1").await;
        assert!(matches!(refused, Err(RuntimeError::VolumeMismatch { .. })), "{refused:?}");
    }
}

pub(crate) async fn another_owner_is_a_mismatch(lab: impl Lab) {
    let name = made(&lab, "sandbox-1").await;
    let options = showing(&lab.directory("shown"));
    let refused = lab.runtime().create_volume(&name, &options, "sandbox-2").await;
    assert!(matches!(refused, Err(RuntimeError::VolumeMismatch { .. })), "{refused:?}");
}

pub(crate) async fn a_volume_in_use_stays(lab: impl Lab) {
    let runtime = lab.runtime();
    let spec = spec(&lab);
    let name = made(&lab, &spec.sandbox_id).await;
    let workspace = WorkspaceMount::Volume { name: name.clone() };
    let spec = SandboxContainer { workspace, ..spec };
    create_and_start(&lab, &spec).await;
    let refused = runtime.remove_volume(&name).await.unwrap_err();
    assert!(matches!(refused, RuntimeError::VolumeInUse { .. }), "{refused:?}");
    assert!(refused.is_retryable());
    runtime.stop_container(&spec.name, GRACE).await.unwrap();
    let refused = runtime.remove_volume(&name).await;
    assert!(matches!(refused, Err(RuntimeError::VolumeInUse { .. })), "{refused:?}");
    runtime.remove_container(&spec.name).await.unwrap();
    runtime.remove_volume(&name).await.unwrap();
    assert_eq!(runtime.list_volumes().await.unwrap(), []);
}

pub(crate) async fn removing_a_container_keeps_its_volume(lab: impl Lab) {
    let runtime = lab.runtime();
    let spec = spec(&lab);
    let name = made(&lab, &spec.sandbox_id).await;
    let workspace = WorkspaceMount::Volume { name: name.clone() };
    create_and_start(&lab, &SandboxContainer { workspace, ..spec.clone() }).await;
    runtime.remove_container(&spec.name).await.unwrap();
    let kept = VolumeInfo { name, sandbox_id: spec.sandbox_id };
    assert_eq!(runtime.list_volumes().await.unwrap(), [kept]);
}
