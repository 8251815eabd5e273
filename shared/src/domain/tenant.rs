//! Tenants: names, and no more.

/// Names have at most this many characters.
pub const NAME_MAX: usize = 64;

/// Whether a tenant can have this name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=NAME_MAX).contains(&text.len()) && text.chars().all(plain)
}
