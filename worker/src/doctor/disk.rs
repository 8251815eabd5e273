//! The data directory's file system: room for bytes and for files.

use rustix::fs::{StatVfs, statvfs};
use sandboxd_shared::node::Finding;

use super::Doctor;
use super::examine::unread;

const CHECK: &str = "disk";
/// Below this share of the whole somebody should look at it, per cent.
const LOW: u64 = 10;

impl Doctor {
    pub(super) fn disk(&self) -> Vec<Finding> {
        let stat = match statvfs(&self.data) {
            Ok(stat) => stat,
            Err(error) => return vec![unread(CHECK, &std::io::Error::from(error))],
        };
        if let Err(error) = self.capacity.admit_disk() {
            let advice = "delete snapshots or apps, or add room; captures and creations are \
                          refused until then";
            return vec![Finding::error(CHECK, format!("it is nearly full: {error}"), advice)];
        }
        judge(&stat)
    }
}

fn judge(stat: &StatVfs) -> Vec<Finding> {
    let bytes = stat.f_bavail.saturating_mul(stat.f_frsize);
    let share = percent(stat.f_bavail, stat.f_blocks);
    let said = format!("{} MiB ({share} %) free in the data directory", bytes >> 20);
    // Some file systems make room for files as they need it, and say 0.
    let files = (stat.f_files > 0).then(|| percent(stat.f_favail, stat.f_files));
    let mut found = Vec::new();
    if share < LOW {
        let advice = "delete snapshots or apps that nobody needs, or add room";
        found.push(Finding::warning(CHECK, said.clone(), advice));
    }
    if let Some(files) = files.filter(|files| *files < LOW) {
        let advice = "files are many and small: delete snapshots or apps, or make a file system \
                      with more inodes";
        found.push(Finding::warning(
            CHECK,
            format!("only {files} % of its inodes are free"),
            advice,
        ));
    }
    if found.is_empty() {
        found.push(Finding::ok(CHECK, said));
    }
    found
}

fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use sandboxd_shared::node::Severity;

    use super::*;

    #[test]
    fn both_bytes_and_files_can_be_short() {
        let mut stat = statvfs("/").unwrap();
        (stat.f_frsize, stat.f_blocks, stat.f_files) = (4096, 1000, 1000);
        let mut found = |free, files| {
            (stat.f_bavail, stat.f_favail) = (free, files);
            judge(&stat)
        };
        assert_eq!(found(500, 500)[0].severity, Severity::Ok);
        assert_eq!(found(99, 500)[0].severity, Severity::Warning);
        assert!(found(500, 99)[0].message.contains("inodes"));
        assert_eq!(found(1, 1).len(), 2);
        stat.f_files = 0;
        stat.f_bavail = 500;
        assert_eq!(judge(&stat).len(), 1);
    }
}
