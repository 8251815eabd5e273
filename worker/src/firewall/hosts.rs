//! The hosts files of sandboxes: what an allowlist names is found there, without a name server. A
//! file is mounted read-only, so it is changed in place and never replaced.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use sandboxd_shared::config::make_private_dir;
use sandboxd_shared::ids::SandboxId;

/// The addresses of one name that are written: programs try few.
const ADDRESSES_MAX: usize = 4;

/// The folder of hosts files.
#[derive(Debug, Clone)]
pub(super) struct Hosts(PathBuf);

impl Hosts {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    pub(super) fn path(&self, sandbox: SandboxId) -> PathBuf {
        self.0.join(sandbox.lower())
    }

    /// Makes a sandbox's file, or changes it if it differs.
    pub(super) fn write(&self, sandbox: SandboxId, text: &str) -> io::Result<()> {
        let path = self.path(sandbox);
        if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return Ok(());
        }
        make_private_dir(&self.0)?;
        let file = std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(path)?;
        // Whatever the process' umask is: the sandbox's user reads it.
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
        file.write_all_at(text.as_bytes(), 0)?;
        file.set_len(text.len() as u64)
    }

    /// The sandboxes that have a file.
    pub(super) fn all(&self) -> Vec<SandboxId> {
        let Ok(entries) = std::fs::read_dir(&self.0) else { return Vec::new() };
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }

    /// Removes a sandbox's file.
    pub(super) fn remove(&self, sandbox: SandboxId) {
        let _ = std::fs::remove_file(self.path(sandbox));
    }
}

/// The text of a hosts file.
pub(super) fn text(own: Ipv4Addr, names: &BTreeMap<&str, Vec<Ipv4Addr>>) -> String {
    let mut text = format!("127.0.0.1\tlocalhost\n{own}\tsandbox\n");
    for (name, addresses) in names {
        for address in addresses.iter().take(ADDRESSES_MAX) {
            let _ = writeln!(text, "{address}\t{name}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_is_changed_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let hosts = Hosts::new(folder.path().join("hosts"));
        let id = SandboxId::generate();
        let own = Ipv4Addr::new(10, 0, 0, 2);
        let names = BTreeMap::from([("a.example.com", vec![Ipv4Addr::new(192, 0, 2, 1)])]);
        hosts.write(id, &text(own, &names)).unwrap();
        let inode = std::fs::metadata(hosts.path(id)).unwrap().ino();
        let mut held = std::fs::File::open(hosts.path(id)).unwrap();
        hosts.write(id, &text(own, &BTreeMap::new())).unwrap();
        let mut now = String::new();
        io::Read::read_to_string(&mut held, &mut now).unwrap();
        assert_eq!(now, "127.0.0.1\tlocalhost\n10.0.0.2\tsandbox\n");
        let found = std::fs::metadata(hosts.path(id)).unwrap();
        assert_eq!((found.ino(), found.mode() & 0o777), (inode, 0o644));
        assert_eq!(hosts.all(), [id]);
        hosts.remove(id);
        assert!(!hosts.path(id).exists());
    }
}
