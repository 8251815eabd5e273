//! `Prefer: wait=N` (RFC 7240): answer with the finished thing if it is done within N seconds.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};

use super::WAIT_MAX;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// How long the client would rather wait than be told to come again. Longer than we wait is as
/// long as we do; what can't be read is passed over, as the RFC says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefer(pub(crate) Option<Duration>);

impl IntoParams for Prefer {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![ParameterBuilder::new().name("Prefer").parameter_in(ParameterIn::Header).build()]
    }
}

impl<S: Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(wait(&parts.headers)))
    }
}

fn wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all(PREFER).iter().filter_map(|value| value.to_str().ok());
    let seconds = preferences.flat_map(|value| value.split(',')).find_map(|preference| {
        let (name, value) = preference.split(';').next()?.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("wait").then(|| value.parse::<u64>().ok())?
    })?;
    (seconds > 0).then(|| Duration::from_secs(seconds).min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(values: &[&'static str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, value.parse().unwrap());
        }
        wait(&headers).map(|time| time.as_secs())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_wait_is_seconds_within_bounds(seconds in 0u64..=u64::MAX, noise in "[a-z;=\", ]{0,20}") {
            let text = format!("wait={seconds}, {noise}");
            let mut headers = HeaderMap::new();
            headers.append(PREFER, text.parse().unwrap());
            let wanted = (seconds > 0).then(|| Duration::from_secs(seconds).min(WAIT_MAX));
            prop_assert_eq!(wait(&headers), wanted);
        }

        #[test]
        fn any_header_is_read(bytes in proptest::collection::vec(32u8..=255, 0..100)) {
            let Ok(value) = http::HeaderValue::from_bytes(&bytes) else { return Ok(()) };
            let found = wait(&HeaderMap::from_iter([(PREFER, value)]));
            prop_assert!(found.is_none_or(|time| !time.is_zero() && time <= WAIT_MAX));
        }
    }

    #[test]
    fn the_wait_is_found_among_other_preferences_and_bounded() {
        assert_eq!(read(&["wait=5"]), Some(5));
        assert_eq!(read(&["respond-async, Wait = \"7\"; x=1"]), Some(7));
        assert_eq!(read(&["return=minimal", "wait=8"]), Some(8));
        assert_eq!(read(&["wait=3600"]), Some(60));
        for nothing in ["wait", "wait=0", "wait=-1", "wait=soon", "await=3", ""] {
            assert_eq!(read(&[nothing]), None, "{nothing}");
        }
    }
}
