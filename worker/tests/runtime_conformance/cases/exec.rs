//! Commands in a container and in one of their own.

use std::time::Duration;

use sandboxd_worker::runtime::{ExecOutput, RuntimeError, WorkspaceMount};

use crate::lab::{Lab, PATIENCE, argv, sh, spec, started, volume};

const SHORT: Duration = Duration::from_millis(1500);

fn workspace(lab: &dyn Lab) -> WorkspaceMount {
    WorkspaceMount::Bind { source: lab.directory("once") }
}

pub(crate) async fn a_command_has_code_and_output(lab: impl Lab) {
    let spec = started(&lab).await;
    let command = sh("echo $GREETING; echo oops >&2; exit 3");
    let answer = lab.runtime().exec(&spec.name, &command, PATIENCE).await.unwrap();
    assert_eq!((answer.code, answer.truncated), (3, false));
    let mut lines: Vec<String> = answer.text().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["hello", "oops"]);
    let missing = argv(&["/no/such/program"]);
    let answer = lab.runtime().exec(&spec.name, &missing, PATIENCE).await.unwrap();
    assert!(matches!(answer.code, 126 | 127), "{answer:?}");
}

pub(crate) async fn output_is_bounded(lab: impl Lab) {
    let spec = started(&lab).await;
    let flood = sh("yes | head -c 300000; exit 4");
    let answer = lab.runtime().exec(&spec.name, &flood, PATIENCE).await.unwrap();
    assert_eq!((answer.code, answer.truncated), (4, true));
    assert_eq!(answer.output.len(), ExecOutput::MAX_BYTES);
    assert!(answer.output.starts_with(b"y\ny\n"));
}

pub(crate) async fn a_slow_command_times_out(lab: impl Lab) {
    let spec = started(&lab).await;
    let late = lab.runtime().exec(&spec.name, &argv(&["sleep", "600"]), SHORT).await.unwrap_err();
    assert!(matches!(late, RuntimeError::Timeout { after: SHORT, .. }), "{late:?}");
    assert!(late.is_retryable());
}

pub(crate) async fn only_a_running_container_executes(lab: impl Lab) {
    let spec = spec(&lab);
    let runtime = lab.runtime();
    let command = argv(&["true"]);
    let refused = runtime.exec(&spec.name, &command, PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::NotFound { .. })), "{refused:?}");
    runtime.create_container(&spec).await.unwrap();
    let refused = runtime.exec(&spec.name, &command, PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::Conflict { .. })), "{refused:?}");
    let refused = runtime.exec(&spec.name, &[], PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::Invalid { .. })), "{refused:?}");
}

pub(crate) async fn run_once_leaves_nothing(lab: impl Lab) {
    let runtime = lab.runtime();
    let command = sh("id -u; pwd; exit 5");
    let answer =
        runtime.run_once(&lab.image(), &workspace(&lab), &command, PATIENCE).await.unwrap();
    assert_eq!((answer.code, answer.text().as_ref()), (5, "1000\n/home/sandbox\n"));
    assert_eq!(runtime.list_containers().await.unwrap(), []);
}

pub(crate) async fn run_once_times_out_and_leaves_nothing(lab: impl Lab) {
    let runtime = lab.runtime();
    let name = volume();
    runtime.create_volume(&name, &Default::default(), "probe").await.unwrap();
    let mount = WorkspaceMount::Volume { name: name.clone() };
    let slow = argv(&["sleep", "600"]);
    let late = runtime.run_once(&lab.image(), &mount, &slow, SHORT).await;
    assert!(matches!(late, Err(RuntimeError::Timeout { .. })), "{late:?}");
    runtime.remove_volume(&name).await.expect("its container is gone");
}

pub(crate) async fn run_once_needs_its_image_and_volume(lab: impl Lab) {
    let runtime = lab.runtime();
    let command = argv(&["true"]);
    let refused = runtime.run_once("sandboxd-absent:1", &workspace(&lab), &command, PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::NoImage { .. })), "{refused:?}");
    let missing = WorkspaceMount::Volume { name: volume() };
    let refused = runtime.run_once(&lab.image(), &missing, &command, PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::NotFound { .. })), "{refused:?}");
}
