//! A process that is killed for real after each step, and a second one that goes on.
//!
//! The failing process has to be another one than the test, so this binary starts itself; that is
//! why it has no test harness and answers `--list` by itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "workspace_suite/points.rs"]
mod points;

use points::POINTS;
use sandboxd_worker::failpoint;
use sandboxd_worker::workspace::{
    Chain, DriverKind, Error, Generation, LayerName, Settings, WorkspaceDriver, open,
};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

const SIGKILL: i32 = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child", kind, data, point] => child(kind, Path::new(data), point),
        [.., "--ignored"] => {}
        ["--list", ..] => println!("killed_after_each_step: test"),
        _ => {
            for point in POINTS {
                ["overlay", "copy"].into_iter().for_each(|kind| parent(kind, point));
            }
        }
    }
}

fn parent(kind: &str, point: &str) {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d");
    fs::create_dir(&data).unwrap();
    let attempt = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["child", kind]).arg(&data).arg(point).status().unwrap()
    };
    let killed = attempt();
    assert_eq!(killed.signal(), Some(SIGKILL), "{kind} at {point}: {killed}");
    assert!(data.join(point).exists(), "{kind}: killed elsewhere than at {point}");
    // The same point is armed again; its marker lets this attempt pass.
    assert!(attempt().success(), "{kind} after {point}");
    for layer in ["sealed", "flat"] {
        let file = data.join("l").join(layer).join("file");
        assert_eq!(fs::read_to_string(file).unwrap(), "content", "{kind} after {point}");
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let found = opened(kind, &data).await.list().await.unwrap();
        let generations: Vec<_> =
            found.generations.iter().map(|entry| entry.generation.number()).collect();
        assert_eq!((generations, found.layers.len()), (vec![2], 2), "{kind} after {point}");
        assert!(
            found.tmp.is_empty() && found.foreign.is_empty(),
            "{kind} after {point}: {found:?}"
        );
    });
}

async fn opened(kind: &str, data: &Path) -> Arc<dyn WorkspaceDriver> {
    let kind = if kind == "overlay" { DriverKind::Overlay } else { DriverKind::Copy };
    open(data, kind, Settings::default()).await.unwrap()
}

fn child(kind: &str, data: &Path, point: &str) {
    failpoint::arm_from(&format!("{point}=crash"), Some(data)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { job(&*opened(kind, data).await, data).await.unwrap() });
}

async fn job(driver: &dyn WorkspaceDriver, data: &Path) -> Result<(), Error> {
    let [first, second] = [1, 2].map(|number| Generation::new("killed", number).unwrap());
    let [live, sealed, flat] = ["live", "sealed", "flat"].map(|name| LayerName::new(name).unwrap());
    if !data.join("l/sealed").exists() {
        driver.create(&first, &Chain::empty()).await?;
        fs::write(data.join("w/killed/g1/upper/file"), "content").unwrap();
        driver.copy_live(&first, &live).await?;
        driver.publish(&live).await?;
    }
    if !data.join("w/killed/g2").exists() {
        driver.seal(&first, &sealed).await?;
    }
    let chain = driver.stack(&Chain::empty(), &sealed)?;
    driver.create(&second, &chain).await?;
    driver.discard(&first).await?;
    driver.flatten(&chain, &flat).await?;
    driver.remove_layer(&live).await
}
