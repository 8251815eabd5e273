//! Secrets that we make: 256 random bits, as hex.

/// A new token. The prefix lets people and scanners see what it is.
///
/// # Errors
/// The kernel's random numbers can't be had.
pub(crate) fn token() -> Result<String, getrandom::Error> {
    Ok(format!("sbx_{}", random_hex()?))
}

/// 256 random bits.
///
/// # Errors
/// The kernel's random numbers can't be had.
pub(crate) fn random_hex() -> Result<String, getrandom::Error> {
    let mut random = [0u8; 32];
    getrandom::fill(&mut random)?;
    Ok(blake3::Hash::from_bytes(random).to_hex().to_string())
}
