//! Which driver is chosen under engines that are more and less able.

use crate::kit::Mounted;
use async_trait::async_trait;
use sandboxd_worker::workspace::{
    DriverKind, EngineProbe, Mount, Owner, PROBE_TARGET, Probe, ProbeRun, Settings, probe,
};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts like an engine and runs the script as the sandbox's user.
#[derive(Debug)]
struct Engine {
    point: PathBuf,
    /// What this engine makes of an option of ours.
    replace: (&'static str, &'static str),
}

#[async_trait]
impl EngineProbe for Engine {
    async fn run(
        &self,
        mount: &Mount,
        owner: Owner,
        script: &str,
    ) -> Result<ProbeRun, Box<dyn Error + Send + Sync>> {
        let Mount::Volume { name, mut options } = mount.clone() else { panic!("{mount:?}") };
        let text = options["o"].replace(self.replace.0, self.replace.1);
        options.insert("o".to_owned(), text);
        let mounted = Mounted::new(&Mount::Volume { name, options }, self.point.clone());
        let script = script.replace(PROBE_TARGET, &mounted.path().display().to_string());
        let ids = [format!("--reuid={}", owner.uid), format!("--regid={}", owner.gid)];
        let output = Command::new("setpriv")
            .args(ids)
            .args(["--clear-groups", "sh", "-c", &script])
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok(ProbeRun {
            exit_code: output.status.code().map_or(-1, i64::from),
            output: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}

#[derive(Debug)]
struct Elsewhere;

#[async_trait]
impl EngineProbe for Elsewhere {
    async fn run(
        &self,
        _: &Mount,
        _: Owner,
        _: &str,
    ) -> Result<ProbeRun, Box<dyn Error + Send + Sync>> {
        Ok(ProbeRun { exit_code: 0, output: String::new() })
    }
}

#[derive(Debug)]
struct Refusing;

#[async_trait]
impl EngineProbe for Refusing {
    async fn run(
        &self,
        _: &Mount,
        _: Owner,
        _: &str,
    ) -> Result<ProbeRun, Box<dyn Error + Send + Sync>> {
        Err("no such driver".into())
    }
}

fn data(dir: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    // The sandbox's user walks to the mount point here; in a container it does not.
    std::fs::set_permissions(dir, PermissionsExt::from_mode(0o755)).unwrap();
    let data = dir.join("d");
    std::fs::create_dir(&data).unwrap();
    data
}

async fn ask(dir: &Path, engine: &dyn EngineProbe) -> Probe {
    probe(&data(dir), Settings::default(), engine).await
}

fn engine(dir: &Path, replace: (&'static str, &'static str)) -> Engine {
    Engine { point: dir.join("m"), replace }
}

#[tokio::test]
async fn an_engine_that_mounts_overlays_gets_them_and_nothing_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let found = ask(dir.path(), &engine(dir.path(), ("", ""))).await;
    assert_eq!(found.kind, DriverKind::Overlay, "{}", found.reason);
    let layers = std::fs::read_dir(dir.path().join("d/l")).unwrap().count();
    assert_eq!((layers, std::fs::read_dir(dir.path().join("d/w")).unwrap().count()), (1, 0));
}

#[tokio::test]
async fn without_redirects_it_is_the_copy_driver() {
    let dir = tempfile::tempdir().unwrap();
    let off = ("redirect_dir=on", "redirect_dir=off");
    let found = ask(dir.path(), &engine(dir.path(), off)).await;
    assert_eq!(found.kind, DriverKind::Copy);
    assert!(found.reason.contains("redirect"), "{}", found.reason);
}

#[tokio::test]
async fn an_engine_of_another_host_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let found = ask(dir.path(), &Elsewhere).await;
    assert_eq!(found.kind, DriverKind::Copy);
    assert!(found.reason.contains("not on our directories"), "{}", found.reason);
}

#[tokio::test]
async fn the_engines_own_words_are_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let found = ask(dir.path(), &Refusing).await;
    assert_eq!(found.kind, DriverKind::Copy);
    assert!(found.reason.contains("no such driver"), "{}", found.reason);
}

#[tokio::test]
async fn a_data_directory_that_cannot_hold_layers_is_a_reason_too() {
    let dir = tempfile::tempdir().unwrap();
    let none = rustix::mount::MountFlags::empty();
    rustix::mount::mount("ramfs", dir.path(), "ramfs", none, None).unwrap();
    let found = ask(dir.path(), &Elsewhere).await;
    rustix::mount::unmount(dir.path(), rustix::mount::UnmountFlags::empty()).unwrap();
    assert_eq!(found.kind, DriverKind::Copy);
    assert!(found.reason.contains("attributes"), "{}", found.reason);
}
