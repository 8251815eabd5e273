//! Starts a program: on pipes, on a terminal, or with nobody to talk to.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::Programs;
use super::child::Child;
use super::command::Prepared;
use super::program::Program;
use crate::files::Home;
use crate::framing::kind;
use crate::protocol::Refusal;

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
    let mut prepared = Prepared::new(programs, home, program)?;
    let run = |command: &mut Command| Child::spawn(&programs.children, command);
    let started = match program.pty {
        None => on_pipes(&mut prepared.command, run),
        Some(size) => on_terminal(&mut prepared.command, size, run),
    };
    started.map_err(|error| prepared.refusal(&error))
}

/// A program that reads nothing, and is to be started by itself.
pub(crate) struct Unattended<'a> {
    programs: &'a Programs,
    prepared: Prepared,
}

impl<'a> Unattended<'a> {
    /// Checks all that can be checked before.
    pub(crate) fn new(
        programs: &'a Programs,
        home: &Home,
        program: &Program,
    ) -> Result<Self, Refusal> {
        Ok(Self { programs, prepared: Prepared::new(programs, home, program)? })
    }

    /// Starts it: the program, and our end of the one pipe that it and its errors go to, which
    /// doesn't block.
    pub(crate) fn start(mut self) -> Result<(Child, OwnedFd), Refusal> {
        let children = &self.programs.children;
        let run = |command: &mut Command| Child::spawn(children, command);
        on_one_pipe(&mut self.prepared.command, run).map_err(|error| self.prepared.refusal(&error))
    }
}

fn on_one_pipe(
    command: &mut Command,
    run: impl FnOnce(&mut Command) -> io::Result<Child>,
) -> io::Result<(Child, OwnedFd)> {
    let (ours, theirs) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(theirs.try_clone()?).stderr(theirs);
    let ours = OwnedFd::from(ours);
    ioctl_fionbio(&ours, true)?;
    Ok((run(command)?, ours))
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
