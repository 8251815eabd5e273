//! `sandbox-init files`, started over the workspace of a stopped sandbox. It resolves what the
//! sandbox's user has left there, so it runs as that user: nothing it does is done as root.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::process::Stdio;

use rustix::io::FdFlags;
use rustix::process::{Resource, Rlimit, Signal};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::sandbox::OWNER;

/// Memory that it may have, in bytes of addresses.
const MEMORY_MAX: u64 = 1 << 30;
/// The largest file that it may write: an upload.
const FILE_MAX: u64 = 26 << 20;
/// Descriptors: a path's directories are held open while a tree is walked.
const DESCRIPTORS_MAX: u64 = 1024;

/// Starts it over the directory `root`, and gives the socket that it is asked through. It holds
/// `lock` too, if there is one, so that the sandbox stays locked for as long as it lives, whatever
/// becomes of us.
///
/// To be called on a thread that lives as long as the process, such as one of the runtime's own:
/// the kernel kills the child when the thread that started it ends (`PR_SET_PDEATHSIG`).
pub(super) fn start(
    binary: &Path,
    root: BorrowedFd<'_>,
    lock: Option<BorrowedFd<'_>>,
) -> io::Result<(Child, UnixStream)> {
    let (ours, its) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let ours = UnixStream::from_std(ours)?;
    let lock = lock.map(|lock| lock.as_raw_fd());
    let kept = [Some(root.as_raw_fd()), Some(its.as_fd().as_raw_fd()), lock];
    // By descriptor: the sandbox's user may not look into the folders on the way to it.
    let program = std::fs::File::open(binary)?;
    let mut command = Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    command
        .arg0("sandbox-init")
        .args(["files", "--root-fd", &root.as_raw_fd().to_string()])
        .args(["--socket-fd", &its.as_raw_fd().to_string()])
        .args(lock.into_iter().flat_map(|lock| ["--lock-fd".to_owned(), lock.to_string()]))
        .env_clear()
        .current_dir("/")
        .uid(OWNER.0)
        .gid(OWNER.1)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let parent = rustix::process::getpid();
    #[expect(unsafe_code, reason = "what the child gives up, it gives up between fork and exec")]
    // SAFETY: after the fork only system calls are made; nothing allocates or takes a lock.
    unsafe {
        command.pre_exec(move || confine(parent, kept));
    }
    let child = command.spawn()?;
    drop((its, program));
    Ok((child, ours))
}

/// Runs in the child, which is the sandbox's user by now and so has no capabilities.
fn confine(parent: rustix::process::Pid, kept: [Option<RawFd>; 3]) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid() != Some(parent) {
        // It died before the line above.
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    rustix::thread::set_no_new_privs(true)?;
    for (resource, most) in [
        (Resource::As, MEMORY_MAX),
        (Resource::Fsize, FILE_MAX),
        (Resource::Nofile, DESCRIPTORS_MAX),
        (Resource::Core, 0),
    ] {
        let now = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let most = Some(most.min(now));
        rustix::process::setrlimit(resource, Rlimit { current: most, maximum: most })?;
    }
    keep_only(kept)
}

/// Everything that we have open closes at the exec, also what came to us from whoever started us;
/// but for these.
fn keep_only(kept: [Option<RawFd>; 3]) -> io::Result<()> {
    #[expect(unsafe_code, reason = "rustix has no close_range, and borrows descriptors by number")]
    // SAFETY: CLOSE_RANGE_CLOEXEC closes nothing yet; it fails on kernels before 5.11, where what
    // Rust opens has the flag anyway. The descriptors are open: the parent holds them.
    unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
        for fd in kept.into_iter().flatten() {
            rustix::io::fcntl_setfd(BorrowedFd::borrow_raw(fd), FdFlags::empty())?;
        }
    }
    Ok(())
}
