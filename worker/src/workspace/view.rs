//! A read-only look at a chain, without a mount that anybody else sees.

use super::error::{Error, Result};
use super::layout::Layout;
use super::names::Chain;
use super::options::view_options;
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use std::ffi::CStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The merged tree of a chain. It is mounted in a namespace of its own that ends at once, so only
/// this descriptor holds it: it is gone with the process, however that ends.
#[derive(Debug)]
pub(super) struct View {
    root: OwnedFd,
}

impl View {
    /// Blocks for about a millisecond. The chain has at least one layer.
    pub(super) fn open(layout: &Layout, chain: &Chain) -> Result<Self> {
        layout.require_layers(chain)?;
        let options = view_options(layout, chain)?;
        let point = layout.tmp();
        // A thread of its own, because a thread that left its namespace is of no use to others.
        let mounted = std::thread::scope(|scope| {
            scope.spawn(|| mount_detached(&options, &point)).join().map_err(|_| Error::Stopped)
        });
        Ok(Self { root: mounted?? })
    }

    /// A path to the tree for this process and its children, as long as `self` lives.
    pub(super) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.root.as_raw_fd()).into()
    }
}

fn mount_detached(options: &CStr, point: &Path) -> Result<OwnedFd> {
    #[expect(unsafe_code, reason = "rustix warns of unshared descriptor tables; not asked for")]
    // SAFETY: only `UnshareFlags::FILES` is a danger to others, and it is not set.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }
        .map_err(Error::at("leave the mount namespace for", point))?;
    // As a slave the copied table still follows unmounts of the host and so holds up none.
    let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", slave).map_err(Error::at("make a slave of", point))?;
    let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOATIME;
    rustix::mount::mount("overlay", point, "overlay", flags, options)
        .map_err(Error::at("mount a chain on", point))?;
    let open = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(point, open, Mode::empty()).map_err(Error::at("open", point))?;
    rustix::mount::unmount(point, UnmountFlags::DETACH).map_err(Error::at("detach", point))?;
    Ok(root)
}
