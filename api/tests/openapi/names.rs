//! Schemas share one space of names, in which a second type would replace the first without a word.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// All sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of the schemas that a source declares.
fn names(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut derived, mut given, mut declared) = (false, None, false);
    for line in source.lines().map(str::trim) {
        derived |= line.contains("ToSchema") && line.contains("derive(");
        if let Some((_, rest)) = line.split_once("schema(as = ") {
            given = rest.split([',', ')', ' ']).next().map(str::to_owned);
        }
        // Within text_enum!, the first line that isn't a comment begins with the name.
        if declared && !line.starts_with("//") {
            declared = false;
            found.extend(line.split_once(" {").map(|(name, _)| name.to_owned()));
        }
        declared |= line == "text_enum! {";
        let words: Vec<&str> = line.split([' ', '<', '(', ';', '{']).collect();
        let at = words.iter().position(|word| matches!(*word, "struct" | "enum"));
        let Some(name) = at.and_then(|at| words.get(at + 1)) else { continue };
        if std::mem::take(&mut derived) {
            found.push(given.take().unwrap_or_else(|| (*name).to_owned()));
        }
        given = None;
    }
    found
}

#[test]
fn no_two_types_have_the_same_schema_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    sources(&root.join("api/src"), &mut files);
    sources(&root.join("shared/src"), &mut files);
    let mut seen: HashMap<String, PathBuf> = HashMap::new();
    for file in files {
        for name in names(&fs::read_to_string(&file).unwrap()) {
            if let Some(first) = seen.insert(name.clone(), file.clone()) {
                panic!("{name} is in {} and {}: schema(as = …)", first.display(), file.display());
            }
        }
    }
    for known in ["Operation", "CreateApp", "OperationStatus", "Sandbox"] {
        assert!(seen.contains_key(known), "{known} wasn't found");
    }
}
