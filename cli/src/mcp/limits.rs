//! How much a tool says, and how long it takes: models and their clients have little patience for both.

use std::time::Duration;

/// How long a tool waits for an operation unless it is told: clients commonly give up after a minute.
pub(super) const WAIT_DEFAULT: u64 = 45;
/// The longest it may be told to.
pub(super) const WAIT_MAX: u64 = 600;
/// How often an operation is asked about.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// The most characters of a program's stream.
pub(super) const STREAM_MAX: usize = 16_000;
/// The most bytes of a file.
pub(super) const FILE_MAX: usize = 256 << 10;

pub(super) fn wait(asked: Option<u64>) -> u64 {
    asked.unwrap_or(WAIT_DEFAULT).min(WAIT_MAX)
}

/// A text whose middle is left out if it is long: how it begins and ends says most.
pub(super) fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= STREAM_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(STREAM_MAX / 2).collect();
    let tail: String = text.chars().skip(count - STREAM_MAX / 2).collect();
    format!("{head}\n… {} characters left out …\n{tail}", count - STREAM_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_ends() {
        let text = format!("begin{}end", "ä".repeat(2 * STREAM_MAX));
        let short = cut(&text);
        assert!(short.starts_with("begin") && short.ends_with("end"));
        assert!(short.contains(&format!("… {} characters", STREAM_MAX + 8)), "{}", &short[..40]);
        assert_eq!(cut("short"), "short");
        assert_eq!((wait(None), wait(Some(9_999))), (45, 600));
    }
}
