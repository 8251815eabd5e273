//! A program as it is about to be started: as the leader of a session, in its folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::io::Errno;
use rustix::process::{fchdir, ioctl_tiocsctty, setsid};
use rustix::stdio::stdin;

use super::Programs;
use super::program::Program;
use crate::files::{Home, fault};
use crate::protocol::Refusal;

/// A terminal's type if the caller doesn't name another.
const TERM: &str = "xterm-256color";

/// A program that lacks nothing but its input and output.
pub(super) struct Prepared {
    pub(super) command: Command,
    name: String,
    path: Option<OsString>,
}

impl Prepared {
    /// Finds the folder, and puts the surroundings together.
    pub(super) fn new(
        programs: &Programs,
        home: &Home,
        program: &Program,
    ) -> Result<Self, Refusal> {
        let folder = home.app()?.directory(&program.folder)?;
        let (name, arguments) = program.argv.split_first().expect("invariant: argv isn't empty");
        let mut command = Command::new(name);
        let environment = environment(programs, program);
        command.args(arguments).env_clear().envs(&environment);
        into_session(&mut command, folder, program.pty.is_some());
        Ok(Self { command, name: name.clone(), path: environment.get("PATH").cloned() })
    }

    /// Why it couldn't be started, in the protocol's words.
    pub(super) fn refusal(&self, error: &io::Error) -> Refusal {
        refusal(&self.name, self.path.as_ref(), error)
    }
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
