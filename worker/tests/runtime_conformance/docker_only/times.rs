//! What each call costs on this machine, printed, and each far from its limit.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use sandboxd_worker::runtime::docker::CallLimits;
use sandboxd_worker::runtime::{Result, Runtime, WorkspaceMount};

use crate::docker_lab::DockerLab;
use crate::lab::{GRACE, Lab, PATIENCE, argv, spec, volume};

const ROUNDS: usize = 7;

#[derive(Default)]
struct Times(BTreeMap<&'static str, Vec<Duration>>);

impl Times {
    async fn of<T>(&mut self, call: &'static str, work: impl Future<Output = Result<T>>) -> T {
        let began = Instant::now();
        let outcome = work.await.unwrap();
        self.0.entry(call).or_default().push(began.elapsed());
        outcome
    }
}

#[tokio::test]
async fn no_call_comes_near_its_limit() {
    if let Some(lab) = DockerLab::connect().await {
        crate::run(lab, no_call_comes_near_its_limit_in).await;
    }
}

async fn no_call_comes_near_its_limit_in(lab: DockerLab) {
    let mut times = Times::default();
    let runtime = &lab.runtime;
    for _ in 0..ROUNDS {
        let (spec, volume) = (spec(&lab), volume());
        let mount = WorkspaceMount::Bind { source: lab.directory("once") };
        let command = argv(&["id"]);
        times.of("ping", runtime.ping()).await;
        times.of("ensure_network", runtime.ensure_network()).await;
        times.of("image_id", runtime.image_id(&spec.image)).await;
        let options = BTreeMap::new();
        times.of("create_volume", runtime.create_volume(&volume, &options, "x")).await;
        times.of("list_volumes", runtime.list_volumes()).await;
        times.of("remove_volume", runtime.remove_volume(&volume)).await;
        times.of("create_container", runtime.create_container(&spec)).await;
        times.of("start_container", runtime.start_container(&spec.name)).await;
        times.of("inspect_container", runtime.inspect_container(&spec.name)).await;
        times.of("list_containers", runtime.list_containers()).await;
        times.of("exec", runtime.exec(&spec.name, &command, PATIENCE)).await;
        times.of("pause_container", runtime.pause_container(&spec.name)).await;
        times.of("unpause_container", runtime.unpause_container(&spec.name)).await;
        times.of("stop_container", runtime.stop_container(&spec.name, GRACE)).await;
        times.of("remove_container", runtime.remove_container(&spec.name)).await;
        times.of("run_once", runtime.run_once(&spec.image, &mount, &command, PATIENCE)).await;
        drop(times.of("events", runtime.events()).await);
    }
    let shortest = CallLimits::default().look_up;
    let mut stderr = std::io::stderr();
    for (call, mut took) in times.0 {
        took.sort();
        let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
        let _ = writeln!(stderr, "{call:>18} median {median:>9.1?} worst {worst:>9.1?}");
        assert!(median < shortest / 2, "{call} takes {median:?}");
    }
}
