//! Values that must be in no argument: read from standard input, or asked for without an echo.

use std::io::{self, IsTerminal, Read};

use crate::client::Failure;

/// The most that is read: what a value of config may have, and a line's end.
const VALUE_MAX: u64 = (64 << 10) + 2;

/// Reads a value; a last line's end isn't part of it.
pub(super) fn read(what: &str) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{what}: ")).map_err(Failure::io(what));
    }
    let mut value = String::new();
    io::stdin().lock().take(VALUE_MAX + 1).read_to_string(&mut value).map_err(Failure::io(what))?;
    if value.len() as u64 > VALUE_MAX {
        return Err(Failure::Usage(format!("{what} has more than 64 KiB")));
    }
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    Ok(value)
}
