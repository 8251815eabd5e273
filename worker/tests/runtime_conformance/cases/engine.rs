//! The engine itself, its network and its images.

use sandboxd_worker::runtime::RuntimeError;

use crate::lab::Lab;

pub(crate) async fn ping_tells_a_version(lab: impl Lab) {
    let info = lab.runtime().ping().await.unwrap();
    assert!(!info.version.is_empty() && !info.api_version.is_empty());
    assert!(info.cpus > 0 && info.memory_bytes > 0);
    assert!(info.oci_runtimes.contains(&"runc".to_owned()));
    assert!(info.seccomp && !info.rootless);
}

pub(crate) async fn the_network_is_made_once(lab: impl Lab) {
    let runtime = lab.runtime();
    let (first, second) =
        futures::future::join(runtime.ensure_network(), runtime.ensure_network()).await;
    let first = first.unwrap();
    assert_eq!(first, second.unwrap());
    assert!(first.isolated && first.subnet.is_some() && first.gateway.is_some(), "{first:?}");
}

pub(crate) async fn an_image_is_found_or_not(lab: impl Lab) {
    let runtime = lab.runtime();
    let id = runtime.image_id(&lab.image()).await.unwrap().unwrap();
    assert!(id.starts_with("sha256:"), "{id}");
    assert_eq!(runtime.image_id("sandboxd-absent:1").await.unwrap(), None);
    let refused = runtime.image_id("a/../../containers").await;
    assert!(matches!(refused, Err(RuntimeError::Invalid { .. })), "{refused:?}");
}
