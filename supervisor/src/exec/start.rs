//! Starts a program: on pipes or on a terminal, as the leader of a new session.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::process::{fchdir, ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::stdio::stdin;
use rustix::termios::{Winsize, tcsetwinsize};

use super::Programs;
use super::child::Child;
use super::program::Program;
use crate::files::{Home, fault};
use crate::framing::kind;
use crate::protocol::Refusal;

/// A terminal's type if the caller doesn't name another.
const TERM: &str = "xterm-256color";

/// A program that was started, and our ends of what it reads and writes. None of them blocks.
pub(crate) struct Started {
    pub(super) child: Child,
    pub(super) input: OwnedFd,
    /// With the type of frame each is sent as.
    pub(super) outputs: Vec<(u8, OwnedFd)>,
    pub(super) terminal: Option<OwnedFd>,
}

impl Started {
    /// As seen in the sandbox.
    pub(crate) fn pid(&self) -> i32 {
        self.child.pid()
    }
}

/// Starts the program, or says why it can't be.
pub(crate) fn start(
    programs: &Programs,
    home: &Home,
    program: &Program,
) -> Result<Started, Refusal> {
    let folder = home.app()?.directory(&program.folder)?;
    let (name, arguments) = program.argv.split_first().expect("invariant: argv isn't empty");
    let mut command = Command::new(name);
    let environment = environment(programs, program);
    command.args(arguments).env_clear().envs(&environment);
    into_session(&mut command, folder, program.pty.is_some());
    let run = |command: &mut Command| Child::spawn(&programs.children, command);
    let started = match program.pty {
        None => on_pipes(&mut command, run),
        Some(size) => on_terminal(&mut command, size, run),
    };
    started.map_err(|error| refusal(name, environment.get("PATH"), &error))
}

fn environment(programs: &Programs, program: &Program) -> BTreeMap<String, OsString> {
    let mut all = programs.config.environment_with([]);
    if program.pty.is_some() {
        all.insert("TERM".to_owned(), TERM.into());
    }
    all.extend(program.variables.iter().map(|(name, value)| (name.clone(), value.into())));
    all
}

/// Has the child lead a session and start in the folder, by its descriptor: a path could be made
/// to lead elsewhere in between.
#[expect(unsafe_code, reason = "the closure only makes system calls, which a forked child may")]
fn into_session(command: &mut Command, folder: OwnedFd, terminal: bool) {
    let prepare = move || {
        setsid()?;
        if terminal {
            ioctl_tiocsctty(stdin())?;
        }
        fchdir(&folder)?;
        Ok(())
    };
    // SAFETY: setsid, ioctl and fchdir are async-signal-safe, nothing is allocated.
    unsafe { command.pre_exec(prepare) };
}

fn on_pipes(
    command: &mut Command,
    run: impl FnOnce(&mut Command) -> io::Result<Child>,
) -> io::Result<Started> {
    let (stdin, input) = io::pipe()?;
    let (output, stdout) = io::pipe()?;
    let (errors, stderr) = io::pipe()?;
    command.stdin(stdin).stdout(stdout).stderr(stderr);
    let child = run(command)?;
    let (input, output, errors) = (input.into(), output.into(), errors.into());
    for ours in [&input, &output, &errors] {
        ioctl_fionbio::<&OwnedFd>(ours, true)?;
    }
    let outputs = vec![(kind::OUTPUT, output), (kind::ERRORS, errors)];
    Ok(Started { child, input, outputs, terminal: None })
}

fn on_terminal(
    command: &mut Command,
    size: Winsize,
    run: impl FnOnce(&mut Command) -> io::Result<Child>,
) -> io::Result<Started> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = rustix::fs::open(ptsname(&ours, Vec::new())?, flags, Mode::empty())?;
    tcsetwinsize(&ours, size)?;
    let copy = |fd: &OwnedFd| fd.as_fd().try_clone_to_owned();
    command.stdin(copy(&theirs)?).stdout(copy(&theirs)?).stderr(theirs);
    ioctl_fionbio(&ours, true)?;
    let (input, output) = (copy(&ours)?, copy(&ours)?);
    let child = run(command)?;
    Ok(Started { child, input, outputs: vec![(kind::OUTPUT, output)], terminal: Some(ours) })
}

fn refusal(name: &str, path: Option<&OsString>, error: &io::Error) -> Refusal {
    let invalid = |why: &str| Refusal::new("invalid_request", format!("{name}: {why}"));
    let missing = || {
        let text = format!("{name}: no such program, or what it needs to be run is missing");
        Refusal::new("not_found", text)
    };
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => missing(),
        // `execvp(3)` says that too if it merely wasn't allowed to look into a folder of PATH.
        Some(Errno::ACCESS) if !is_there(name, path) => missing(),
        Some(Errno::ACCESS | Errno::PERM) => invalid("isn't an executable file"),
        Some(Errno::NOEXEC | Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG) => {
            invalid("can't be run as a program")
        }
        Some(Errno::TOOBIG) => invalid("arguments and variables are too long"),
        Some(Errno::AGAIN | Errno::NOMEM) => {
            Refusal::new("busy", "the sandbox has no room for another process; try again")
        }
        _ => fault(name, std::io::Error::new(error.kind(), error.to_string())),
    }
}

/// Whether a file of this name is found where programs are looked for.
fn is_there(name: &str, path: Option<&OsString>) -> bool {
    name.contains('/')
        || path.is_some_and(|path| {
            std::env::split_paths(path).any(|folder| folder.join(name).is_file())
        })
}
