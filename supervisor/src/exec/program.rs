//! What is to be run, within bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::termios::Winsize;
use serde::Deserialize;

use crate::files::AppPath;
use crate::protocol::Refusal;

/// Most arguments, the program included.
const MAX_ARGUMENTS: usize = 256;
/// Most bytes of one argument, and of a variable with its name: what `execve(2)` takes.
const MAX_ONE: usize = 128 * 1024 - 2;
/// Most columns and rows of a terminal.
const MAX_SIZE: u16 = 1000;

/// How much of a program a caller may hand over. `execve(2)` takes 2 MiB of arguments and variables
/// together where the stack may have its usual 8 MiB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Most bytes of all arguments, and of all variables.
    bytes: usize,
    variables: usize,
    timeout_ms: u64,
}

impl Bounds {
    /// What `exec` takes: a timeout of at most a day.
    pub(crate) const EXEC: Self =
        Self { bytes: MAX_ONE, variables: 256, timeout_ms: 24 * 60 * 60 * 1000 };
    /// What a task takes: prompts are long, and a day of work may be given some time to end in.
    pub(crate) const TASK: Self =
        Self { bytes: 1024 * 1024, variables: 1000, timeout_ms: 48 * 60 * 60 * 1000 };
}

/// A program, its surroundings and its limits.
#[derive(Debug)]
pub(crate) struct Program {
    /// At least one.
    pub(crate) argv: Vec<String>,
    pub(crate) folder: AppPath,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) timeout: Option<Duration>,
    /// Of the terminal, if it is to have one.
    pub(crate) pty: Option<Winsize>,
}

/// A terminal's size as the protocol has it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Size {
    cols: u16,
    rows: u16,
}

impl Size {
    /// `None` if it is out of bounds.
    pub(crate) fn window(self) -> Option<Winsize> {
        let fits = |length| (1..=MAX_SIZE).contains(&length);
        (fits(self.cols) && fits(self.rows)).then_some(Winsize {
            ws_row: self.rows,
            ws_col: self.cols,
            ws_xpixel: 0,
            ws_ypixel: 0,
        })
    }
}

impl Program {
    pub(crate) fn new(
        bounds: Bounds,
        argv: Vec<String>,
        folder: &str,
        variables: BTreeMap<String, String>,
        timeout_ms: Option<u64>,
        pty: Option<Size>,
    ) -> Result<Self, Refusal> {
        let Bounds { bytes, variables: most, timeout_ms: longest } = bounds;
        check_argv(&argv, bytes)?;
        let length: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        if variables.len() > most || length > bytes {
            return invalid(format!("env has at most {most} variables of {bytes} bytes together"));
        }
        for (name, value) in &variables {
            check_variable(name, value)?;
        }
        if timeout_ms.is_some_and(|timeout| !(1..=longest).contains(&timeout)) {
            return invalid(format!("timeout_ms is 1 to {longest}"));
        }
        let pty = match pty.map(|size| size.window()) {
            Some(None) => return invalid(format!("cols and rows are 1 to {MAX_SIZE}")),
            other => other.flatten(),
        };
        let timeout = timeout_ms.map(Duration::from_millis);
        Ok(Self { argv, folder: AppPath::parse(folder)?, variables, timeout, pty })
    }
}

fn check_argv(argv: &[String], bytes: usize) -> Result<(), Refusal> {
    let length: usize = argv.iter().map(String::len).sum();
    if !(1..=MAX_ARGUMENTS).contains(&argv.len()) || length > bytes {
        let text = format!("argv has 1 to {MAX_ARGUMENTS} texts of {bytes} bytes together");
        return invalid(text);
    }
    if argv.iter().any(|argument| argument.len() > MAX_ONE) {
        return invalid(format!("an argument has at most {MAX_ONE} bytes"));
    }
    if argv[0].is_empty() || argv.iter().any(|argument| argument.contains('\0')) {
        return invalid("argv names a program, and can't contain NUL".to_owned());
    }
    Ok(())
}

/// Whether a program can be given this variable. The refusal doesn't repeat it: it may be secret.
pub(crate) fn check_variable(name: &str, value: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
        let text =
            "the name of a variable can't be empty or contain \"=\" or NUL, its value no NUL";
        return invalid(text.to_owned());
    }
    if name.len() + value.len() > MAX_ONE {
        return invalid(format!("a variable has at most {MAX_ONE} bytes"));
    }
    Ok(())
}

fn invalid<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal::new("invalid_request", message))
}
