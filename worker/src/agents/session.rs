//! Names that agents give to their sessions. They come out of a sandbox and go into a later argv.

/// The longest one; those of today's agents have up to 36 characters.
const MAX: usize = 200;

/// Whether a text may pass for a session's name: nothing that reads as an option.
pub(super) fn is_sound(session: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !session.is_empty()
        && session.len() <= MAX
        && !session.starts_with('-')
        && session.chars().all(plain)
}
