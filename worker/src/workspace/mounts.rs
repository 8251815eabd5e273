//! Who mounts a directory, as far as the mount tables of `/proc` tell (`proc_pid_mountinfo(5)`).
//!
//! A container's binds are in its own mount namespace, so one table of each namespace is read.
//! What no table shows: a mount that was detached lazily and is still in use. For overlays
//! [`super::in_use`] asks the kernel about those.

use super::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The inode of the first pid namespace (`PROC_PID_INIT_INO`, include/linux/proc_ns.h).
const FIRST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

#[derive(Debug)]
struct Entry {
    /// In the namespace of this process, where `point` means what we mean by a path.
    own: bool,
    device: String,
    root: PathBuf,
    point: PathBuf,
    /// Directories that an overlay is made of.
    parts: Vec<PathBuf>,
}

/// The mounts of every namespace that can be seen.
#[derive(Debug)]
pub(super) struct Mounts {
    entries: Vec<Entry>,
    complete: bool,
}

/// A directory as mount tables name it.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    device: String,
    /// The path inside its file system, which is what tables show of a bind's source.
    inside: PathBuf,
}

impl Mounts {
    /// The mounts of our own namespace only.
    pub(super) fn own() -> Result<Self> {
        let path = Path::new("/proc/self/mountinfo");
        let text = fs::read(path).map_err(Error::at("read", path))?;
        Ok(Self { entries: parse(&text, true), complete: false })
    }

    /// The mounts of all namespaces that a process of `/proc` is in.
    pub(super) fn scan() -> Result<Self> {
        let mut all = Self::own()?;
        let inode = |path: &Path| fs::metadata(path).map(|found| found.ino());
        let mut seen: BTreeSet<u64> = inode(Path::new("/proc/self/ns/mnt")).into_iter().collect();
        // Outside the first pid namespace there are processes that we cannot see.
        all.complete =
            inode(Path::new("/proc/self/ns/pid")).is_ok_and(|found| found == FIRST_PID_NAMESPACE);
        let proc = Path::new("/proc");
        for process in fs::read_dir(proc).map_err(Error::at("list", proc))? {
            let Ok(process) = process else { continue };
            if !process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
                continue;
            }
            let namespace = inode(&process.path().join("ns/mnt"));
            if namespace.as_ref().is_ok_and(|found| !seen.insert(*found)) {
                continue;
            }
            match fs::read(process.path().join("mountinfo")) {
                Ok(text) => all.entries.extend(parse(&text, false)),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    all.complete = false;
                }
                // It ended; its mounts are another process's too, or gone.
                Err(_) => {
                    if let Ok(found) = namespace {
                        seen.remove(&found);
                    }
                }
            }
        }
        Ok(all)
    }

    /// Whether every process of the host could be asked.
    pub(super) const fn complete(&self) -> bool {
        self.complete
    }

    pub(super) fn has_point(&self, path: &Path) -> bool {
        self.entries.iter().any(|entry| entry.own && entry.point == path)
    }

    /// Where something is mounted that needs this directory or one below it.
    pub(super) fn holder(&self, place: &Place) -> Option<String> {
        let holds = |entry: &&Entry| {
            entry.parts.iter().any(|part| part.starts_with(&place.path))
                || (entry.device == place.device && entry.root.starts_with(&place.inside))
                || (entry.own && entry.point.starts_with(&place.path))
        };
        self.entries.iter().find(holds).map(|entry| entry.point.display().to_string())
    }
}

impl Place {
    /// `path` is absolute and without symlinks.
    pub(super) fn of(mounts: &Mounts, path: &Path) -> Self {
        let around = mounts
            .entries
            .iter()
            .filter(|entry| entry.own && path.starts_with(&entry.point))
            // Of two mounts on one point the later one is seen.
            .max_by_key(|entry| entry.point.components().count());
        let (device, root, point) = around.map_or(("", Path::new("/"), Path::new("/")), |entry| {
            (entry.device.as_str(), entry.root.as_path(), entry.point.as_path())
        });
        let below = path.strip_prefix(point).unwrap_or(path);
        Self { path: path.to_owned(), device: device.to_owned(), inside: root.join(below) }
    }
}

fn parse(text: &[u8], own: bool) -> Vec<Entry> {
    String::from_utf8_lossy(text).lines().filter_map(|line| parse_line(line, own)).collect()
}

fn parse_line(line: &str, own: bool) -> Option<Entry> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(2);
    let (device, root, point) = (mount.next()?, mount.next()?, mount.next()?);
    let mut file_system = file_system.splitn(3, ' ');
    let kind = file_system.next()?;
    let options = file_system.nth(1).unwrap_or("");
    let parts = if kind == "overlay" { overlay_parts(options) } else { Vec::new() };
    Some(Entry {
        own,
        device: device.to_owned(),
        root: unescape(root),
        point: unescape(point),
        parts,
    })
}

fn overlay_parts(options: &str) -> Vec<PathBuf> {
    let mut parts = Vec::new();
    for option in options.split(',') {
        match option.split_once('=') {
            Some(("upperdir" | "workdir", value)) => parts.push(unescape(value)),
            // `lowerdir+` is how newer kernels show layers that were added one by one.
            Some(("lowerdir" | "lowerdir+", value)) => {
                parts.extend(value.split(':').map(unescape));
            }
            _ => {}
        }
    }
    parts
}

/// Undoes the octal escapes of a mount table.
fn unescape(text: &str) -> PathBuf {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        plain.push(code.map_or('\\', char::from));
        rest = if code.is_some() { &after[3..] } else { after };
    }
    plain.push_str(rest);
    PathBuf::from(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 254:1 /vol /srv rw shared:1 - ext4 /dev/vdb rw
41 27 0:50 / /var/lib/docker/volumes/s-a-g1/_data rw - overlay overlay rw,lowerdir=/srv/l/b:/srv/l/a,upperdir=/srv/w/a/g1/upper,workdir=/srv/w/a/g1/work,redirect_dir=on
42 27 254:1 /vol/w/b/g1/upper /some\\040where rw - ext4 /dev/vdb rw
";

    fn holder(path: &str) -> Option<String> {
        let mounts = Mounts { entries: parse(TABLE.as_bytes(), true), complete: true };
        mounts.holder(&Place::of(&mounts, Path::new(path)))
    }

    #[test]
    fn an_overlay_holds_its_upper_its_work_and_its_layers() {
        let volume = Some("/var/lib/docker/volumes/s-a-g1/_data".to_owned());
        for path in ["/srv/w/a/g1", "/srv/w/a/g1/upper", "/srv/w/a/g1/work", "/srv/l/a"] {
            assert_eq!(holder(path), volume, "{path}");
        }
    }

    #[test]
    fn a_bind_holds_its_source_whatever_the_path_of_the_file_system() {
        assert_eq!(holder("/srv/w/b/g1/upper").as_deref(), Some("/some where"));
        assert_eq!(holder("/srv/w/b/g1").as_deref(), Some("/some where"));
    }

    #[test]
    fn a_neighbour_with_a_longer_name_does_not_count() {
        for path in ["/srv/w/a/g", "/srv/w/b/g10/upper", "/srv/l/c", "/srv/l/aa"] {
            assert_eq!(holder(path), None, "{path}");
        }
    }
}
