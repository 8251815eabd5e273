//! Backups: what is copied, what is refused, and what comes back.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::domain::{Layer, LayerState};
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::store::{Store, layers, leases};
use serde_json::Value;

use crate::support::{TestApp, in_time};

/// An installation with layers, and a place for backups and for what is restored.
struct Site {
    app: TestApp,
    place: tempfile::TempDir,
}

impl Site {
    async fn new() -> Self {
        assert!(
            rustix::process::geteuid().is_root(),
            "this suite keeps trusted attributes: be root"
        );
        Self { app: TestApp::new().await, place: tempfile::tempdir().unwrap() }
    }

    fn target(&self) -> PathBuf {
        self.place.path().join("backups")
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Seals a layer that consists of everything that layers consist of.
    async fn seal(&self, id: &str, text: &str) {
        let layer = Layer {
            id: id.to_owned(),
            node: "node-1".to_owned(),
            parent_id: None,
            depth: 1,
            state: LayerState::Sealing,
            source: format!("test/{id}"),
            flat_of: None,
            size_bytes: None,
        };
        let mut tx = self.app.store.write().await.unwrap();
        layers::insert(&mut tx, &layer, self.app.store.clock().now()).await.unwrap();
        layers::set_ready(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        make_layer(&self.app.data().join("l").join(id), text);
    }

    async fn backup(&self, more: &[&str]) -> Output {
        let target = self.target();
        let arguments = [&["backup", target.to_str().unwrap()], more].concat();
        self.app.admin(&arguments).await
    }

    async fn backed_up(&self, more: &[&str]) -> String {
        succeeded(&self.backup(more).await)
    }

    async fn restore(&self, more: &[&str]) -> Output {
        let target = self.target();
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandboxd-api"));
        command.arg("admin").arg("--data-dir").arg(self.data()).arg("restore").arg(target);
        in_time("a restore", command.args(more).kill_on_drop(true).output()).await.unwrap()
    }

    /// The only backup's folder.
    fn only(&self) -> PathBuf {
        let mut found = self.backups();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    fn backups(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.target()).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> =
            entries.filter(|path| path.join("manifest.json").exists()).collect();
        found.sort();
        found
    }

    fn manifest(&self) -> Value {
        serde_json::from_slice(&fs::read(self.only().join("manifest.json")).unwrap()).unwrap()
    }
}

fn succeeded(done: &Output) -> String {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout.clone()).unwrap()
}

/// What a refused command says.
fn refused(done: &Output, words: &str) {
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success() && said.contains(words), "no {words:?} in: {said}");
}

fn make_layer(root: &Path, text: &str) {
    fs::create_dir_all(root.join("folder")).unwrap();
    fs::write(root.join("folder/file"), text).unwrap();
    fs::hard_link(root.join("folder/file"), root.join("twin")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
    fs::File::create(root.join("sparse")).unwrap().set_len(8 << 20).unwrap();
    std::os::unix::fs::chown(root.join("folder"), Some(1000), Some(1000)).unwrap();
    fs::set_permissions(root.join("folder/file"), PermissionsExt::from_mode(0o4755)).unwrap();
    rustix::fs::mknodat(CWD, root.join("gone"), FileType::CharacterDevice, Mode::empty(), 0)
        .unwrap();
    let opaque = "trusted.overlay.opaque";
    rustix::fs::lsetxattr(root.join("folder"), opaque, b"y", XattrFlags::empty()).unwrap();
}

fn check_layer(root: &Path, text: &str) {
    assert_eq!(fs::read_to_string(root.join("folder/file")).unwrap(), text);
    let (file, twin) = (root.join("folder/file"), root.join("twin"));
    let (file, twin) = (fs::metadata(file).unwrap(), fs::metadata(twin).unwrap());
    assert_eq!((file.ino(), file.mode() & 0o7777), (twin.ino(), 0o4755));
    assert_eq!(fs::read_link(root.join("link")).unwrap(), Path::new("/etc/passwd"));
    let sparse = fs::metadata(root.join("sparse")).unwrap();
    assert!(sparse.len() == 8 << 20 && sparse.blocks() < 1000, "the hole is a hole");
    assert_eq!(fs::metadata(root.join("folder")).unwrap().uid(), 1000);
    let gone = fs::symlink_metadata(root.join("gone")).unwrap();
    assert_eq!((gone.mode() & 0o170_000, gone.rdev()), (0o020_000, 0));
    let mut value = [0_u8; 8];
    let read = rustix::fs::lgetxattr(root.join("folder"), "trusted.overlay.opaque", &mut value);
    assert_eq!((read, value[0]), (Ok(1), b'y'));
}

#[tokio::test]
async fn what_is_backed_up_comes_back() {
    let site = Site::new().await;
    let (app, sandbox) = site.app.running().await;
    site.seal("layer1", "one").await;
    site.app.post(&format!("/v1/apps/{app}/config"), serde_json::json!({})).await;
    let said = site.backed_up(&[]).await;
    assert!(said.contains("1 layers, 1 of them copied now"), "{said}");
    assert!(said.contains("The keys are not in it"), "{said}");
    for secret in ["secrets.key", "preview.key", "token"] {
        assert!(!site.only().join(secret).exists(), "{secret}");
    }
    assert_eq!(fs::metadata(site.only()).unwrap().mode() & 0o777, 0o700);

    let said = succeeded(&site.restore(&[]).await);
    assert!(said.contains("Put secrets.key into"), "{said}");
    assert!(said.contains("1 sandboxes that ran are stopped"), "{said}");
    check_layer(&site.data().join("l/layer1"), "one");
    assert!(!site.data().join("restoring").exists());
    let file = site.data().join("sandboxd.db");
    let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
    let mut conn = store.read().await.unwrap();
    let (status, reason): (String, String) =
        sqlx::query_as("SELECT status, status_reason FROM sandboxes WHERE id = $1")
            .bind(&sandbox)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
    assert_eq!((status.as_str(), reason.as_str()), ("stopped", "restored"));
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE sandbox_id = $1 AND type = 'sandbox.stopped' \
         AND payload ->> 'reason' = 'restored'",
    )
    .bind(&sandbox)
    .fetch_one(&mut *conn)
    .await
    .unwrap();
    assert_eq!(told, 1);
    let held: i64 =
        sqlx::query_scalar("SELECT count(*) FROM leases").fetch_one(&mut *conn).await.unwrap();
    assert_eq!(held, 0, "nothing of then holds anything");
}

#[tokio::test]
async fn a_second_backup_copies_what_is_new_and_old_ones_go() {
    let site = Site::new().await;
    site.seal("layer1", "one").await;
    site.backed_up(&[]).await;
    site.seal("layer2", "two").await;
    let said = site.backed_up(&[]).await;
    assert!(said.contains("2 layers, 1 of them copied now"), "{said}");
    let mut tx = site.app.store.write().await.unwrap();
    layers::delete(&mut tx, "layer1").await.unwrap();
    tx.commit().await.unwrap();
    let said = site.backed_up(&["--keep", "2"]).await;
    assert!(said.contains("1 layers, 0 of them") && said.contains("1 older backups"), "{said}");
    assert_eq!(site.backups().len(), 2);
    assert!(site.target().join("layers/layer1").exists(), "the older of the two has it");
    site.backed_up(&["--keep", "1"]).await;
    assert!(!site.target().join("layers/layer1").exists(), "nothing names it any more");
    succeeded(&site.restore(&[]).await);
    check_layer(&site.data().join("l/layer2"), "two");
}

#[tokio::test]
async fn a_copy_in_the_target_that_has_changed_is_made_anew() {
    let site = Site::new().await;
    site.seal("layer1", "one").await;
    site.backed_up(&[]).await;
    fs::write(site.target().join("layers/layer1/new"), "x").unwrap();
    refused(&site.restore(&["--check"]).await, "layer1 is not what it was");
    let said = site.backed_up(&[]).await;
    assert!(said.contains("1 of them copied now"), "{said}");
    assert!(succeeded(&site.restore(&["--check"]).await).contains("is whole"));
}

#[tokio::test]
async fn keys_are_in_a_backup_only_if_that_is_asked_for() {
    let site = Site::new().await;
    let key = fs::read(site.app.data().join("preview.key")).unwrap();
    let said = site.backed_up(&["--with-key"]).await;
    assert!(said.contains("The keys are in it") && said.contains("preview.key"), "{said}");
    succeeded(&site.restore(&[]).await);
    let restored = site.data().join("preview.key");
    assert_eq!(fs::read(&restored).unwrap(), key);
    assert_eq!(fs::metadata(restored).unwrap().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn nothing_is_restored_over_what_is_there() {
    let site = Site::new().await;
    site.backed_up(&[]).await;
    fs::create_dir(site.data()).unwrap();
    fs::write(site.data().join("precious"), "x").unwrap();
    refused(&site.restore(&[]).await, "is not empty");
    assert_eq!(fs::read_dir(site.data()).unwrap().count(), 1, "nothing was touched");
    fs::remove_file(site.data().join("precious")).unwrap();
    succeeded(&site.restore(&[]).await);
    refused(&site.restore(&[]).await, "is not empty");
}

#[tokio::test]
async fn what_is_not_whole_is_not_restored() {
    let site = Site::new().await;
    refused(&site.restore(&[]).await, "holds no backups");
    site.seal("layer1", "one").await;
    site.backed_up(&[]).await;
    let (backup, layer) = (site.only(), site.target().join("layers/layer1"));
    let database = backup.join("sandboxd.db");

    fs::rename(backup.join("manifest.json"), backup.join("m")).unwrap();
    refused(&site.restore(&[]).await, "holds no whole backup");
    fs::rename(backup.join("m"), backup.join("manifest.json")).unwrap();

    let bytes = fs::read(&database).unwrap();
    fs::write(&database, &bytes[..bytes.len() - 4096]).unwrap();
    refused(&site.restore(&[]).await, "has changed");
    fs::write(&database, &bytes).unwrap();

    fs::rename(&layer, site.target().join("elsewhere")).unwrap();
    refused(&site.restore(&[]).await, "missing: [\"layer1\"]");
    fs::rename(site.target().join("elsewhere"), &layer).unwrap();
    assert!(!site.data().exists(), "nothing was begun so far");

    // A changed byte of a file of the same size and time is found while it is brought back.
    let file = layer.join("folder/file");
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, "eno").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o4755)).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    refused(&site.restore(&[]).await, "layer layer1 is not what it was");
    assert!(!site.data().join("sandboxd.db").exists());

    // No process takes that for an installation, and the next try goes on.
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandboxd-api"));
    command.arg("migrate").arg("--data-dir").arg(site.data());
    refused(&command.output().await.unwrap(), "is being restored from a backup");
    fs::write(&file, "one").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o4755)).unwrap();
    fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    succeeded(&site.restore(&[]).await);
    check_layer(&site.data().join("l/layer1"), "one");
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused() {
    let site = Site::new().await;
    let mut tx = site.app.store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', 1, x'00', 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    // Taken by that version's own command.
    let database = site.place.path().join("newer.db");
    site.app.store.copy_to(&database).await.unwrap();
    let mut tx = site.app.store.write().await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 9999")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    site.backed_up(&[]).await;
    let mut manifest = site.manifest();
    let hash = blake3::hash(&fs::read(&database).unwrap()).to_hex().to_string();
    manifest["database"] = hash.into();
    fs::copy(&database, site.only().join("sandboxd.db")).unwrap();
    fs::write(site.only().join("manifest.json"), manifest.to_string()).unwrap();
    refused(&site.restore(&[]).await, "of a newer version");
}

#[tokio::test]
async fn a_manifest_that_names_paths_is_refused() {
    let site = Site::new().await;
    site.seal("layer1", "one").await;
    site.backed_up(&[]).await;
    let good = site.manifest();
    for (key, name) in [("layers", "../../etc"), ("keys", "../../etc/passwd")] {
        let mut bad = good.clone();
        let value = match key {
            "layers" => good["layers"]["layer1"].clone(),
            _ => "00".into(),
        };
        bad[key][name] = value;
        fs::write(site.only().join("manifest.json"), bad.to_string()).unwrap();
        refused(&site.restore(&[]).await, name);
    }
}

#[tokio::test]
async fn one_backup_at_a_time() {
    let site = Site::new().await;
    site.backed_up(&[]).await;
    let lock = fs::File::open(site.target().join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    refused(&site.backup(&[]).await, "is in use by another");
    refused(&site.restore(&[]).await, "is in use by another");
    drop(lock);
    let now = site.app.store.clock().now();
    let mut tx = site.app.store.write().await.unwrap();
    let until = now.plus(std::time::Duration::from_mins(1));
    assert!(leases::hold(&mut tx, leases::BACKUP, "another", now, until).await.unwrap());
    tx.commit().await.unwrap();
    refused(&site.backup(&[]).await, "another backup of this installation");
    // One that died is waited for no longer than its lease.
    let mut tx = site.app.store.write().await.unwrap();
    leases::hold(&mut tx, leases::BACKUP, "another", now, now).await.unwrap();
    tx.commit().await.unwrap();
    site.backed_up(&[]).await;
    let mut conn = site.app.store.read().await.unwrap();
    let held: i64 = sqlx::query_scalar("SELECT count(*) FROM leases WHERE name = 'backup'")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(held, 0, "it is given back");
}

#[tokio::test]
async fn a_layer_that_is_not_there_is_no_backup() {
    let site = Site::new().await;
    site.seal("layer1", "one").await;
    fs::remove_dir_all(site.app.data().join("l/layer1")).unwrap();
    refused(&site.backup(&[]).await, "layer layer1 is not in");
    assert!(site.backups().is_empty());
    make_layer(&site.app.data().join("l/layer1"), "one");
    site.backed_up(&[]).await;
}

#[tokio::test]
async fn a_backup_is_of_something_and_elsewhere() {
    let site = Site::new().await;
    let inside = site.app.data().join("backups");
    let done = site.app.admin(&["backup", inside.to_str().unwrap()]).await;
    refused(&done, "in the data directory itself");
    refused(&site.backup(&["--capture"]).await, "no worker was heard of");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_sandboxd-api"));
    command.arg("admin").arg("--data-dir").arg(site.data()).arg("backup").arg(site.target());
    refused(&command.output().await.unwrap(), "there is no installation");
    assert!(!site.data().exists() && !site.target().exists());
}
