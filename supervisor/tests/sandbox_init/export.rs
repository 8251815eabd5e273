//! Exports: whole, streamed, bounded, and readable by others.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use crate::caller::{Caller, running};

/// Modes and contents by name, sizes and checksums verified.
fn unpack(zip: &[u8]) -> BTreeMap<String, (u32, Vec<u8>)> {
    let archive = ZipArchive::from_slice(zip).unwrap();
    let mut entries = BTreeMap::new();
    for entry in archive.entries() {
        let entry = entry.unwrap();
        let name = String::from_utf8(entry.file_path().as_bytes().to_vec()).unwrap();
        let local = archive.get_entry(entry.wayfinder()).unwrap();
        let mut bytes = Vec::new();
        if entry.compression_method() == CompressionMethod::DEFLATE {
            let inflated = DeflateDecoder::new(local.data());
            local.verifying_reader(inflated).read_to_end(&mut bytes).unwrap();
        } else {
            local.verifying_reader(local.data()).read_to_end(&mut bytes).unwrap();
        }
        let found = entries.insert(name, (entry.mode().value(), bytes));
        assert!(found.is_none(), "every name is there once");
    }
    entries
}

fn export(files: &Caller<'_>, extra: &Value) -> (BTreeMap<String, (u32, Vec<u8>)>, Value) {
    let mut request = json!({"v": 1, "op": "files.export"});
    request.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let rest = files.ask(&request).unwrap();
    assert!(rest.end["error"].is_null(), "{}", rest.end);
    (unpack(&rest.output), rest.end)
}

#[test]
fn files_folders_links_and_modes_are_in_it() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::remove_dir_all(app.join(".git")).unwrap();
    fs::create_dir_all(app.join("src/empty")).unwrap();
    let large: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    fs::write(app.join("src/large"), &large).unwrap();
    fs::write(app.join("run.sh"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(app.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(app.join("nothing"), "").unwrap();
    fs::write(app.join("gr\u{fc}n: x\\y"), "").unwrap();
    symlink("../src", app.join("link")).unwrap();
    let (entries, end) = export(&Caller::of(&init), &json!({}));
    assert_eq!(end, json!({"entries": 7, "bytes": 300_010, "skipped": 0}));
    let names: Vec<_> = entries.keys().map(String::as_str).collect();
    let expected =
        ["gr\u{fc}n: x_y", "link", "nothing", "run.sh", "src/", "src/empty/", "src/large"];
    assert_eq!(names, expected);
    assert_eq!(entries["src/large"].1, large);
    assert_eq!(entries["run.sh"].0, 0o100_755);
    assert_eq!(entries["src/"].0 & 0o170_000, 0o040_000);
    assert_eq!(entries["link"], (0o120_777, b"../src".to_vec()));
}

#[test]
fn a_part_can_be_had_and_parts_left_out() {
    let (workspace, init) = running();
    for name in ["a/node_modules/x", "a/b/node_modules", "a/b/c", "a/bc"] {
        let path = workspace.app().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let files = Caller::of(&init);
    let exclude = json!({"path": "a", "exclude": ["a/node_modules", "a/b/c", "other"]});
    let (entries, _) = export(&files, &exclude);
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["b/", "b/node_modules", "bc"]);
    let (entries, _) = export(&files, &json!({"exclude": [".git", "a/b"]}));
    assert_eq!(
        entries.keys().collect::<Vec<_>>(),
        ["a/", "a/bc", "a/node_modules/", "a/node_modules/x"]
    );
    let refused = |extra: &str| files.code(&serde_json::from_str(extra).unwrap());
    assert_eq!(refused(r#"{"v":1,"op":"files.export","path":"nothing"}"#), "not_found");
    assert_eq!(refused(r#"{"v":1,"op":"files.export","exclude":[".."]}"#), "outside");
}

#[test]
fn what_cannot_be_in_a_zip_is_left_out_and_counted() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::remove_dir_all(app.join(".git")).unwrap();
    mknodat(CWD, app.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(app.join("socket")).unwrap();
    fs::write(app.join("locked"), "x").unwrap();
    fs::create_dir(app.join("shut")).unwrap();
    for name in ["locked", "shut"] {
        fs::set_permissions(app.join(name), fs::Permissions::from_mode(0o0)).unwrap();
    }
    fs::write(app.join(std::ffi::OsStr::from_bytes(b"odd\xff")), "").unwrap();
    workspace.give();
    let (entries, end) = export(&Caller::of(&init), &json!({}));
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["odd\u{fffd}", "shut/"]);
    assert_eq!(end["skipped"], 4);
}

#[test]
fn a_giant_file_of_nothing_ends_it_at_once() {
    let (workspace, init) = running();
    let file = File::create(workspace.app().join("giant")).unwrap();
    file.set_len(1 << 40).unwrap();
    let before = Instant::now();
    let files = Caller::of(&init);
    assert_eq!(files.code(&json!({"v": 1, "op": "files.export"})), "too_large");
    assert!(before.elapsed() < Duration::from_secs(5));
    let part = json!({"v": 1, "op": "files.export", "exclude": ["giant"]});
    assert!(files.ask(&part).unwrap().end["error"].is_null());
}

#[test]
fn a_file_that_changes_meanwhile_leaves_a_zip_that_is_right() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::remove_dir_all(app.join(".git")).unwrap();
    // Too much for the buffers between, so that what comes last is read after it has changed.
    let mut noise = vec![0; 8 << 20];
    File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    for name in ["a", "grows", "shrinks"] {
        fs::write(app.join(name), &noise).unwrap();
    }
    let files = Caller::of(&init);
    let mut connection = files.open(&json!({"v": 1, "op": "files.export"})).unwrap();
    // The first file is open once something of it came; the others come long after.
    let (_, mut zip) = connection.frame().unwrap();
    File::options().append(true).open(app.join("a")).unwrap().write_all(&noise).unwrap();
    File::options().write(true).open(app.join("shrinks")).unwrap().set_len(10).unwrap();
    fs::remove_file(app.join("grows")).unwrap();
    fs::create_dir(app.join("grows")).unwrap();
    zip.extend(connection.rest().output);
    let entries = unpack(&zip);
    assert!(entries["a"].1 == noise, "as long as it was when it was opened");
    assert_eq!(entries["shrinks"].1.len(), 10);
    assert!(!entries.contains_key("grows"));
}
