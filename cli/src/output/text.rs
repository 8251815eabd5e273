//! Values as people read them.

use std::time::Duration;

use jiff::Timestamp;

/// A text of one line. What a sandbox, an agent or another client wrote must not steer the terminal:
/// control characters, and those that turn the direction of writing, are shown as dots.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|char| if steers(char) { '·' } else { char }).collect()
}

/// The same for a text of several lines, of which colours are left out.
pub(crate) fn clean_block(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let colour = if char == '\u{1b}' { colour(rest) } else { 0 };
        rest = &rest[colour.max(char.len_utf8())..];
        match char {
            _ if colour > 0 => {}
            '\n' | '\t' => cleaned.push(char),
            '\r' if rest.starts_with('\n') => {}
            _ if steers(char) => cleaned.push('·'),
            _ => cleaned.push(char),
        }
    }
    cleaned
}

/// How long the sequence is that sets a colour (ECMA-48, SGR), if a text begins with one.
fn colour(text: &str) -> usize {
    let Some(inner) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = inner.find(|char: char| !matches!(char, '0'..='9' | ';' | ':'));
    end.filter(|end| inner[*end..].starts_with('m')).map_or(0, |end| end + 3)
}

fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// How long ago a time of the API was: `5s`, `3m`, `4h`, `12d`.
pub(crate) fn age(time: Option<&str>, now: Timestamp) -> String {
    let Some(then) = time.and_then(|text| text.parse::<Timestamp>().ok()) else {
        return String::new();
    };
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A number of bytes in binary units.
pub(crate) fn bytes(count: Option<u64>) -> String {
    let Some(count) = count else { return "?".to_owned() };
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = count as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") }
}

/// A time in milliseconds.
pub(crate) fn duration(ms: Option<u64>) -> String {
    let Some(ms) = ms else { return String::new() };
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{:.1} s", Duration::from_millis(ms).as_secs_f64()),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_steers_the_terminal() {
        let hostile = "ok\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r\nnext\tx";
        assert!(!clean(hostile).chars().any(steers));
        let block = clean_block(hostile);
        assert!(block.contains("\nnext\tx") && !block.contains(['\u{1b}', '\r', '\u{9b}']));
        assert_eq!(clean("Käse 日本"), "Käse 日本");
        assert_eq!(clean_block("\u{1b}[1;32mready\u{1b}[0m\r\n\u{1b}[9"), "ready\n·[9");
    }

    #[test]
    fn values_are_short() {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        for (then, wanted) in [
            ("2026-01-31T11:59:55.000Z", "5s"),
            ("2026-01-31T11:00:00.000Z", "60m"),
            ("2026-01-30T12:00:00.000Z", "24h"),
            ("2026-01-01T12:00:00.000Z", "30d"),
            ("2026-01-31T12:00:09.000Z", "0s"),
            ("soon", ""),
        ] {
            assert_eq!(age(Some(then), now), wanted, "{then}");
        }
        assert_eq!(bytes(Some(999)), "999 B");
        assert_eq!(bytes(Some(1536)), "1.5 KiB");
        assert_eq!(bytes(None), "?");
        assert_eq!(duration(Some(9)), "9 ms");
        assert_eq!(duration(Some(1_500)), "1.5 s");
        assert_eq!(duration(Some(185_000)), "3 min 5 s");
    }
}
