//! Resolution against a model of it, over many random trees and paths.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::open;

use super::*;

const TREES: u64 = 60;
const PATHS: usize = 100;
/// Links that Linux follows in one resolution, `path_resolution(7)`.
const MAX_LINKS: usize = 40;

/// Repeatable noise (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// A path of up to five parts.
    fn path(&mut self, parts: &[&str]) -> String {
        let length = self.below(5) + 1;
        (0..length).map(|_| self.pick(parts)).collect::<Vec<_>>().join("/")
    }
}

enum Node {
    Folder(BTreeMap<String, Node>),
    File(String),
    Link(String),
}

/// Grows a folder on the disk and in the model.
fn grow(at: &Path, random: &mut Random, depth: usize) -> Node {
    fs::create_dir(at).unwrap();
    let mut entries = BTreeMap::new();
    for name in ["a", "b", "c"] {
        let path = at.join(name);
        let node = match random.below(5) {
            0 => continue,
            1 => {
                let text = path.display().to_string();
                fs::write(&path, &text).unwrap();
                Node::File(text)
            }
            2 | 3 if depth > 0 => grow(&path, random, depth - 1),
            _ => {
                let mut target = random.path(&["a", "b", "c", "..", "..", ".", ""]);
                if target.is_empty() || random.below(12) == 0 {
                    target = format!("/{target}");
                }
                symlink(&target, &path).unwrap();
                Node::Link(target)
            }
        };
        entries.insert(name.to_owned(), node);
    }
    Node::Folder(entries)
}

/// What a file beneath the root holds, or the code of why there is none.
fn model<'a>(root: &'a Node, path: &str) -> Result<&'a str, &'static str> {
    let mut todo: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let (mut way, mut links) = (vec![root], 0);
    while let Some(part) = todo.pop() {
        let Node::Folder(entries) = way[way.len() - 1] else { return Err("not_a_directory") };
        match part.as_str() {
            "" | "." => {}
            ".." if way.len() == 1 => return Err("outside"),
            ".." => drop(way.pop()),
            name => match entries.get(name) {
                None => return Err("not_found"),
                Some(Node::Link(target)) => {
                    links += 1;
                    if links > MAX_LINKS || target.starts_with('/') {
                        return Err("outside");
                    }
                    todo.extend(target.split('/').rev().map(str::to_owned));
                }
                Some(node) => way.push(node),
            },
        }
    }
    match way[way.len() - 1] {
        Node::File(text) => Ok(text),
        _ => Err("not_a_file"),
    }
}

#[test]
fn resolution_is_what_the_model_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    for seed in 1..=TREES {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let at = dir.path().join(seed.to_string());
        let root = grow(&at, &mut random, 3);
        let folder = open(&at, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let tree = Tree::new(folder);
        for _ in 0..PATHS {
            let text = random.path(&["a", "b", "c", "a", "b", "c", ".", "", ".."]);
            let found =
                AppPath::parse(&text).and_then(|path| tree.file(&path)).map(|(mut file, _)| {
                    let mut text = String::new();
                    file.read_to_string(&mut text).unwrap();
                    text
                });
            // `..` and a leading slash are refused before anything is looked at.
            let refused = text.starts_with('/') || text.split('/').any(|part| part == "..");
            // The parser drops what a trailing slash would ask of a file.
            let plain = text.split('/').filter(|part| !matches!(*part, "" | "."));
            let plain = plain.collect::<Vec<_>>().join("/");
            let expected = if refused { Err("outside") } else { model(&root, &plain) };
            *seen.entry(expected.err().unwrap_or("found")).or_default() += 1;
            let found = found.as_ref().map(String::as_str).map_err(|refusal| refusal.code);
            assert_eq!(found, expected, "{text:?} in tree {seed}");
        }
    }
    for outcome in ["found", "outside", "not_found", "not_a_file", "not_a_directory"] {
        assert!(seen.get(outcome).is_some_and(|times| *times > 50), "{seen:?}");
    }
}
