//! Overlay volumes as the workspace storage makes them.

use std::collections::BTreeMap;
use std::path::Path;

use sandboxd_worker::runtime::{Runtime, SandboxContainer, WorkspaceMount};

use crate::docker_lab::DockerLab;
use crate::lab::{GRACE, Lab, PATIENCE, create_and_start, sh, spec, volume};

fn options(upper: &Path, work: &Path, lower: &Path) -> BTreeMap<String, String> {
    let mount = format!(
        "nosuid,nodev,noatime,redirect_dir=on,metacopy=off,index=off,\
         upperdir={},workdir={},lowerdir={}",
        upper.display(),
        work.display(),
        lower.display()
    );
    BTreeMap::from([
        ("type".to_owned(), "overlay".to_owned()),
        ("device".to_owned(), "overlay".to_owned()),
        ("o".to_owned(), mount),
    ])
}

#[tokio::test]
async fn a_directory_of_a_lower_layer_can_be_renamed() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, a_directory_of_a_lower_layer_can_be_renamed_in).await;
    }
}

async fn a_directory_of_a_lower_layer_can_be_renamed_in(lab: DockerLab) {
    let [upper, work, lower] = ["upper", "work", "lower"].map(|name| lab.directory(name));
    lab.directory("lower/old");
    std::fs::write(lower.join("old/file"), "kept").unwrap();
    let name = volume();
    let options = options(&upper, &work, &lower);
    lab.runtime.create_volume(&name, &options, "probe").await.unwrap();
    let mount = WorkspaceMount::Volume { name: name.clone() };
    let script = sh("mv old new && cat new/file && ls");
    let answer = lab.runtime.run_once(&lab.image(), &mount, &script, PATIENCE).await.unwrap();
    assert_eq!((answer.code, answer.text().as_ref()), (0, "keptnew\n"));
    lab.runtime.remove_volume(&name).await.unwrap();
    assert!(lower.join("old/file").exists(), "the layer is as it was");
    assert!(upper.join("new").exists(), "the change is in the upper directory");
}

#[tokio::test]
async fn removing_container_and_volume_unmounts() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, removing_container_and_volume_unmounts_in).await;
    }
}

async fn removing_container_and_volume_unmounts_in(lab: DockerLab) {
    let [upper, work, lower] = ["upper", "work", "lower"].map(|name| lab.directory(name));
    let name = volume();
    let options = options(&upper, &work, &lower);
    let base = spec(&lab);
    lab.runtime.create_volume(&name, &options, &base.sandbox_id).await.unwrap();
    let workspace = WorkspaceMount::Volume { name: name.clone() };
    let spec = SandboxContainer { workspace, ..base };
    create_and_start(&lab, &spec).await;
    let write = sh("echo written > file");
    let answer = lab.runtime.exec(&spec.name, &write, PATIENCE).await.unwrap();
    assert_eq!(answer.code, 0, "{}", answer.text());
    lab.runtime.stop_container(&spec.name, GRACE).await.unwrap();
    lab.runtime.remove_container(&spec.name).await.unwrap();
    lab.runtime.remove_volume(&name).await.unwrap();
    assert_eq!(std::fs::read_to_string(upper.join("file")).unwrap(), "written\n");
    // The same upper under a new name: the kernel would refuse it, were it mounted still.
    let next = volume();
    lab.runtime.create_volume(&next, &options, &spec.sandbox_id).await.unwrap();
    let mount = WorkspaceMount::Volume { name: next };
    let read = sh("cat file");
    let answer = lab.runtime.run_once(&lab.image(), &mount, &read, PATIENCE).await.unwrap();
    assert_eq!(answer.text(), "written\n");
}
