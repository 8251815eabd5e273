//! Capture, fork and restore at a small and a large workspace, beside what the engine alone takes
//! and beside a plain copy.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use hyper::Method;
use sandboxd_tests::Stack;
use serde_json::{Value, json};

use crate::asking::{act, capture, create, delete, id};
use crate::bench::Bench;
use crate::figures::{Report, Samples, Target};

/// What may come on top of the engine's own time.
pub(crate) const OVER_ENGINE_MS: f64 = 60.0;

/// `docker create` + `docker start` of the same image over a bind mount, through the engine's
/// socket with curl, so that no client's start-up is counted.
pub(crate) fn engine_alone(stack: &Stack) -> anyhow::Result<Duration> {
    let (image, network) = (concat!("sandboxd-base:", env!("CARGO_PKG_VERSION")), stack.network());
    let body = json!({
        "Image": image, "User": "1000:1000",
        "HostConfig": { "NetworkMode": network, "Tmpfs": { "/home/sandbox": "mode=1777" } },
    });
    let begun = Instant::now();
    engine(stack, "POST", "/containers/create?name=bench", &body.to_string())?;
    engine(stack, "POST", "/containers/bench/start", "")?;
    let took = begun.elapsed();
    engine(stack, "DELETE", "/containers/bench?force=1", "")?;
    Ok(took)
}

fn engine(stack: &Stack, method: &str, path: &str, body: &str) -> anyhow::Result<()> {
    let out = Command::new("curl")
        .args(["-fsS", "-X", method, "--unix-socket"])
        .arg(&stack.settings.docker)
        .args(["-H", "Content-Type: application/json", "-d", body])
        .arg(format!("http://docker{path}"))
        .output()?;
    anyhow::ensure!(out.status.success(), "{path}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(())
}

/// The time of a step of an operation, in ms.
fn step_ms(operation: &Value, name: &str) -> Option<f64> {
    let steps = operation["steps"].as_array()?;
    steps.iter().find(|step| step["name"] == name)?["duration_ms"].as_f64()
}

/// From a worker's first step to the end of `start_container`, in ms.
fn until_running(operation: &Value) -> Option<f64> {
    let steps = operation["steps"].as_array()?;
    let last = steps.iter().position(|step| step["name"] == "start_container")?;
    let times = steps[..=last].iter().map(|step| step["duration_ms"].as_f64().unwrap_or(0.0));
    Some(times.sum())
}

pub(crate) async fn measure(bench: &mut Bench) -> anyhow::Result<()> {
    let (stack, report, size) = bench.parts().await?;
    for files in &size.files {
        measure_one(stack, report, *files, size.rounds).await?;
    }
    Ok(())
}

async fn measure_one(
    stack: &Stack,
    report: &mut Report,
    files: u32,
    rounds: u32,
) -> anyhow::Result<()> {
    let (app, sandbox) = create(stack, "blank").await?;
    let fill = format!(
        "for d in $(seq 1 {}); do mkdir -p big/$d; for f in $(seq 1 100); do echo $d $f > big/$d/$f; done; done",
        files.div_ceil(100)
    );
    stack.docker.sh(&sandbox, &fill);
    act(stack, &sandbox, "stop").await?;
    act(stack, &sandbox, "start").await?;
    let (mut stopped, mut live) = (Samples::default(), Samples::default());
    let (mut forked, mut restored) = (Samples::default(), Samples::default());
    // In turns with the rest: the engine is slower while the disk takes what was written.
    let mut engine = Samples::default();
    for round in 0..rounds {
        stack
            .docker
            .sh(&sandbox, &format!("for f in $(seq 1 100); do echo {round} > big/1/$f; done"));
        let captured = capture(stack, &sandbox, true).await?;
        live.add_ms(step_ms(&captured, "copy_workspace").context("copy_workspace")?);
        let halted = act(stack, &sandbox, "stop").await?;
        let sealed = step_ms(&halted, "seal_workspace").context("seal_workspace")?;
        let captured = capture(stack, &sandbox, false).await?;
        stopped.add_ms(sealed + step_ms(&captured, "seal_workspace").unwrap_or(0.0));
        act(stack, &sandbox, "start").await?;
        let snapshot = id(&captured, "snapshot_id")?;
        let body = json!({ "snapshot_id": snapshot });
        let path = format!("/v1/apps/{app}/fork");
        let operation = stack.client.run(Method::POST, &path, Some(&body)).await?;
        forked.add_ms(until_running(&operation).context("start_container")?);
        delete(stack, &id(&operation["result"]["app"], "id")?).await?;
        let path = format!("/v1/apps/{app}/restore");
        let operation = stack.client.run(Method::POST, &path, Some(&body)).await?;
        let stop = step_ms(&operation, "stop_container").unwrap_or(0.0);
        restored.add_ms(until_running(&operation).context("start_container")? - stop);
        engine.add(engine_alone(stack)?);
    }
    let base = engine.percentile(0.5);
    let label = format!("{files} files");
    report.times(format!("docker create + start alone, beside {label}"), &engine, &[]);
    let capture_target = Target { share: 0.95, at_most: 50.0 };
    report.times(format!("capture, stopped: seal + row, {label}"), &stopped, &[capture_target]);
    let live_target = Target { share: 0.95, at_most: 100.0 };
    report.times(format!("live capture, 100 changed of {label}"), &live, &[live_target]);
    let over = Target { share: 0.5, at_most: base + OVER_ENGINE_MS };
    report.times(format!("fork until the container runs, {label}"), &forked, &[over]);
    report.times(format!("restore until it runs (its stop aside), {label}"), &restored, &[over]);
    copy_alone(stack, report, &label)?;
    delete(stack, &app).await
}

/// What a copy of the same files takes, for comparison.
fn copy_alone(stack: &Stack, report: &mut Report, label: &str) -> anyhow::Result<()> {
    let folders = |layer: &PathBuf| {
        std::fs::read_dir(layer.join("app/big")).map_or(0, |folders| folders.count())
    };
    let layers = std::fs::read_dir(stack.data.join("l"))?.flatten().map(|entry| entry.path());
    let largest = layers.max_by_key(folders);
    let Some(layer) = largest else { return Ok(()) };
    let to = stack.data.join("copied");
    let begun = Instant::now();
    let status = Command::new("cp").arg("-a").arg(&layer).arg(&to).status()?;
    let took: Duration = begun.elapsed();
    anyhow::ensure!(status.success(), "cp -a failed");
    std::fs::remove_dir_all(&to)?;
    let ms = took.as_secs_f64() * 1000.0;
    let what = format!("cp -a of that layer, {label}");
    report.value(what, ms, format!("{ms:.0} ms"), "(comparison)", None);
    Ok(())
}
