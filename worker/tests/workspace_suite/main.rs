//! One conformance suite for both workspace drivers, on real directories.
//!
//! It needs root: in place of the engine it mounts what `mount()` says, as the engine would.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy exempts only test functions"
)]

mod concurrent;
#[cfg(feature = "failpoints")]
mod crash;
mod depth;
mod diff;
mod diff_random;
mod kit;
mod large;
mod live;
#[cfg(feature = "failpoints")]
mod points;
mod probe;
mod random;
mod rng;
mod seal;
mod shape;
mod sweep;
mod tree;

/// Runs each named test against both drivers.
macro_rules! for_both_drivers {
    ($($test:ident),+ $(,)?) => {
        mod overlay {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::kit::Node::overlay().await).await;
            })+
        }
        mod copy {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::kit::Node::copy().await).await;
            })+
        }
    };
}
pub(crate) use for_both_drivers;
