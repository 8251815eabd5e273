//! What the code may depend on, and under which licences: read from cargo, so that it can't drift.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

use std::collections::{HashMap, HashSet};
use std::process::Command;

use serde_json::Value;

fn metadata() -> Value {
    let out = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .expect("invariant: tests run under cargo");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn texts<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
}

/// The crates of the workspace that each crate of the workspace is built from (tests aside).
fn own_dependencies(metadata: &Value) -> HashMap<String, HashSet<String>> {
    let packages = metadata["packages"].as_array().unwrap();
    let own = packages.iter().filter(|package| package["source"].is_null());
    let mut found = HashMap::new();
    for package in own {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let names = dependencies
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|name| name.starts_with("sandboxd-"))
            .map(str::to_owned)
            .collect();
        found.insert(package["name"].as_str().unwrap().to_owned(), names);
    }
    found
}

#[test]
fn dependencies_point_one_way() {
    let found = own_dependencies(&metadata());
    let allowed: HashMap<&str, &[&str]> = HashMap::from([
        ("sandboxd-shared", &[][..]),
        ("sandboxd-supervisor", &[]),
        ("sandboxd-cli", &[]),
        ("sandboxd-api", &["sandboxd-shared"]),
        ("sandboxd-worker", &["sandboxd-shared"]),
        ("sandboxd-tests", &[]),
    ]);
    assert_eq!(found.len(), allowed.len(), "{found:?}");
    for (name, dependencies) in found {
        let allowed: HashSet<String> =
            allowed[name.as_str()].iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(dependencies, allowed, "{name}");
    }
}

/// See `shared/src/store/columns.rs`.
#[test]
fn queries_name_their_columns() {
    for folder in ["shared/src", "worker/src", "api/src"] {
        for word in ["SELECT * ", "RETURNING *", ".* FROM", ".*, "] {
            assert_eq!(files_with(folder, word), Vec::<String>::new(), "{word:?} in {folder}");
        }
    }
}

#[test]
fn only_the_worker_knows_the_engine() {
    let metadata = metadata();
    for package in metadata["packages"].as_array().unwrap() {
        let uses = texts(&package["dependencies"], "name").contains(&"bollard");
        let may = package["name"] == "sandboxd-worker";
        assert!(!uses || may, "{} uses bollard", package["name"]);
    }
    for (folder, word) in [
        ("shared/src/domain", "use crate::store"),
        ("shared/src/domain", "use crate::jobs"),
        ("shared/src/store", "use crate::jobs"),
        ("api/src/gateway", "sandboxd_shared::store"),
        ("worker/src/workspace", "crate::runtime"),
    ] {
        assert_eq!(files_with(folder, word), Vec::<String>::new(), "{word} in {folder}");
    }
    let outside: Vec<String> = files_with("worker/src", "bollard")
        .into_iter()
        .filter(|file| !file.contains("runtime/"))
        .collect();
    assert_eq!(outside, Vec::<String>::new(), "bollard stays in worker/src/runtime");
}

/// Source files below a folder of the workspace that contain a word.
fn files_with(folder: &str, word: &str) -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && std::fs::read_to_string(&path).unwrap().contains(word)
            {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn licences_and_bans_of_deny_toml_hold() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let deny: toml::Table =
        std::fs::read_to_string(root.join("deny.toml")).unwrap().parse().unwrap();
    let allowed: HashSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(|l| l.as_str()).collect();
    // Each with those that may have it all the same.
    let banned: HashMap<&str, Vec<&str>> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ban| {
            let wrappers = ban.get("wrappers").and_then(|list| list.as_array());
            let wrappers = wrappers.into_iter().flatten().filter_map(|name| name.as_str());
            (ban["crate"].as_str().unwrap(), wrappers.collect())
        })
        .collect();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let resolved = resolved_dependencies(&metadata);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for (dependency, wrappers) in &banned {
            let uses = resolved[package["id"].as_str().unwrap()].contains(*dependency);
            assert!(!uses || wrappers.contains(&name), "{name} uses {dependency}, which is banned");
        }
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name}: no licence"));
        assert!(satisfied(licence, &allowed), "{name}: {licence}");
    }
}

/// The names of the crates that each package is built with, as cargo has resolved them.
fn resolved_dependencies(metadata: &Value) -> HashMap<&str, HashSet<&str>> {
    let names: HashMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| {
            let own = node["dependencies"].as_array().unwrap().iter();
            let own = own.map(|id| names[id.as_str().unwrap()]).collect();
            (node["id"].as_str().unwrap(), own)
        })
        .collect()
}

/// Whether an SPDX expression of ORs and ANDs can be met with the allowed licences.
fn satisfied(expression: &str, allowed: &HashSet<&str>) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|licence| allowed.contains(licence.trim())))
}
