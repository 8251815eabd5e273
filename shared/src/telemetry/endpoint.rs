//! Where traces go.

use std::str::FromStr;

use clap::Args;
use url::Url;

/// Whether there are traces.
#[derive(Debug, Clone, Default, Args)]
pub struct TraceOptions {
    /// The collector that traces go to by OTLP over HTTP, such as http://127.0.0.1:4318; none if
    /// not given.
    #[arg(long, env = "SANDBOXD_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<Endpoint>,
}

/// A collector's URL for traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The URL.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// The path of the protocol is added, as its specification says of an endpoint that all signals
    /// share.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut url: Url = text.parse().map_err(|_| format!("{text:?} is no URL"))?;
        if url.scheme() != "http" || url.host().is_none() {
            return Err(format!(
                "{text:?}: must begin with http://; send to a collector near by, which speaks TLS \
                 to what is further away"
            ));
        }
        let path = url.path().trim_end_matches('/');
        let path = if path.ends_with("/v1/traces") {
            path.to_owned()
        } else {
            format!("{path}/v1/traces")
        };
        url.set_path(&path);
        Ok(Self(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_is_added_once() {
        let url = |text: &str| text.parse::<Endpoint>().map(|found| found.as_str().to_owned());
        let wanted = "http://127.0.0.1:4318/v1/traces";
        assert_eq!(url("http://127.0.0.1:4318").unwrap(), wanted);
        assert_eq!(url("http://127.0.0.1:4318/v1/traces").unwrap(), wanted);
        assert_eq!(url("http://c.test/otlp/").unwrap(), "http://c.test/otlp/v1/traces");
        assert!(url("https://c.test").unwrap_err().contains("http://"));
        assert!(url("127.0.0.1:4318").is_err());
    }
}
