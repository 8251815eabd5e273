//! Folders that a comparison leaves out: what git, npm and builds can tell of better.

use super::APP;
use super::content::beginning;
use crate::workspace::below::{join, open_below};
use crate::workspace::error::Result;
use crate::workspace::view::View;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Left out whatever git is told.
const NAMES: [&CStr; 2] = [c".git", c"node_modules"];
/// Bytes of the rules; a file that has more has none for us.
const RULES_MAX: usize = 16 << 10;

/// Which folders are left out.
pub(super) struct LeftOut {
    /// Of each side that has some.
    rules: Vec<Gitignore>,
}

impl LeftOut {
    /// By the app folder's own `.gitignore`, and where both sides have one by what both name. Only
    /// folders are left out by it: an ignored file is often one of settings, which somebody should
    /// see.
    ///
    /// # Errors
    /// Of the file system.
    pub(super) fn by_rules_of(views: &[View; 2], root: &Path) -> Result<Self> {
        let mut sides = Vec::new();
        for view in views {
            sides.extend(rules(view, root)?);
        }
        Ok(Self { rules: sides.iter().map(|rules| parse(rules)).collect() })
    }

    /// Whether a folder of this name in `parent`, a path below the app folder, is.
    pub(super) fn has(&self, parent: &Path, name: &CStr) -> bool {
        if NAMES.contains(&name) {
            return true;
        }
        let path = parent.join(OsStr::from_bytes(name.to_bytes()));
        let is_ignored = |rules: &Gitignore| rules.matched(&path, true).is_ignore();
        !self.rules.is_empty() && self.rules.iter().all(is_ignored)
    }
}

fn rules(view: &View, root: &Path) -> Result<Option<Vec<u8>>> {
    let app = join(&CString::from(c"."), APP.to_bytes()).expect("invariant: it is short");
    let Some(app) = open_below(view, &app, root)? else { return Ok(None) };
    beginning(&app, c".gitignore", RULES_MAX + 1, root)
}

/// None where they are too long or don't parse as a whole: they come from a sandbox.
fn parse(rules: &[u8]) -> Gitignore {
    if rules.len() > RULES_MAX {
        return Gitignore::empty();
    }
    let mut builder = GitignoreBuilder::new("");
    for line in String::from_utf8_lossy(rules).lines() {
        if builder.add_line(None, line).is_err() {
            return Gitignore::empty();
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(rules: &str, parent: &str, name: &CStr) -> bool {
        LeftOut { rules: vec![parse(rules.as_bytes())] }.has(Path::new(parent), name)
    }

    #[test]
    fn rules_say_which_folders_are_left_out() {
        assert!(has("dist\n", "", c"dist"));
        assert!(has("dist\n", "packages/a", c"dist"));
        assert!(has("/out/\n", "", c"out"));
        assert!(!has("/out/\n", "packages/a", c"out"));
        assert!(!has("dist\n!dist\n", "", c"dist"));
        assert!(!has("# dist\n", "", c"dist"));
        assert!(has("", "", c"node_modules"));
    }

    #[test]
    fn rules_that_nobody_would_write_say_nothing() {
        let long = "dist\n".repeat(RULES_MAX);
        for rules in [long.as_str(), "dist\n[z-a]\n"] {
            assert!(!has(rules, "", c"dist"), "{rules:.20}");
        }
    }
}
