//! A look at a workspace, without a mount that anybody else sees.

use super::driver::Usage;
use super::error::{Error, Result};
use super::layout::Layout;
use super::measure::measure_below;
use super::names::{Chain, Generation};
use super::options::{change_options, view_options};
use rustix::fs::{Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};
use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The merged tree of a chain. It is mounted in a namespace of its own that ends at once, so only
/// this descriptor and those opened below it hold it: it is gone with the processes that have
/// them, however those end.
#[derive(Debug)]
pub struct View {
    root: OwnedFd,
}

impl View {
    /// A read-only look at a chain of at least one layer. Blocks for about a millisecond.
    pub(super) fn open(layout: &Layout, chain: &Chain) -> Result<Self> {
        layout.require_layers(chain)?;
        let options = view_options(layout, None, chain)?;
        Self::mount(layout, &options, MountFlags::RDONLY)
    }

    /// A read-only look at a generation's changes over its chain.
    pub(super) fn open_changed(
        layout: &Layout,
        generation: &Generation,
        chain: &Chain,
    ) -> Result<Self> {
        layout.require_layers(chain)?;
        let options = view_options(layout, Some(generation), chain)?;
        Self::mount(layout, &options, MountFlags::RDONLY)
    }

    /// A generation, to be changed. The caller has proved that nothing else mounts it: the kernel
    /// lets two overlays share an upper, and corrupts it.
    pub(super) fn open_to_change(
        layout: &Layout,
        generation: &Generation,
        chain: &Chain,
    ) -> Result<Self> {
        layout.require_layers(chain)?;
        let options = change_options(layout, generation, chain)?;
        Self::mount(layout, &options, MountFlags::empty())
    }

    /// A plain directory.
    pub(super) fn of_directory(path: &Path) -> Result<Self> {
        let open = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, open, Mode::empty()).map_err(Error::at("open", path))?;
        Ok(Self { root })
    }

    fn mount(layout: &Layout, options: &CStr, flags: MountFlags) -> Result<Self> {
        let point = layout.tmp();
        // A thread of its own, because a thread that left its namespace is of no use to others.
        let mounted = std::thread::scope(|scope| {
            scope
                .spawn(|| mount_detached(options, flags, &point))
                .join()
                .map_err(|_| Error::Stopped)
        });
        Ok(Self { root: mounted?? })
    }

    /// What the tree takes on disk, as it is seen; `None` if the budget ran out before the end.
    /// Blocks.
    ///
    /// # Errors
    /// `TreeTooDeep`; I/O.
    pub fn usage(&self, budget: Option<Duration>) -> Result<Option<Usage>> {
        let (here, flags) = (self.path(), OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC);
        let top = rustix::fs::openat(&self.root, c".", flags, Mode::empty())
            .map_err(Error::at("open", &here))?;
        measure_below(&top, &here, budget)
    }

    /// A path to the tree for this process and its children, as long as `self` lives.
    pub(super) fn path(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", std::process::id(), self.root.as_raw_fd()).into()
    }
}

impl AsFd for View {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

fn mount_detached(options: &CStr, flags: MountFlags, point: &Path) -> Result<OwnedFd> {
    #[expect(unsafe_code, reason = "rustix warns of unshared descriptor tables; not asked for")]
    // SAFETY: only `UnshareFlags::FILES` is a danger to others, and it is not set.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }
        .map_err(Error::at("leave the mount namespace for", point))?;
    // As a slave the copied table still follows unmounts of the host and so holds up none.
    let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    rustix::mount::mount_change("/", slave).map_err(Error::at("make a slave of", point))?;
    let flags = flags | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOATIME;
    rustix::mount::mount("overlay", point, "overlay", flags, options)
        .map_err(Error::at("mount a chain on", point))?;
    let open = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(point, open, Mode::empty()).map_err(Error::at("open", point))?;
    rustix::mount::unmount(point, UnmountFlags::DETACH).map_err(Error::at("detach", point))?;
    Ok(root)
}
