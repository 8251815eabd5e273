//! Which host a request is meant for, and whether its framing can be trusted.

use http::header::{HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Method, Uri};

use super::refusal::Refusal;

/// Checks the request line and Host against each other and gives back the Host.
///
/// # Errors
/// [`Refusal::Malformed`]: Host missing, given twice or unreadable; absolute-form that names
/// another host (RFC 9112, 3.2.2); CONNECT; a transfer coding other than plain chunked.
pub(crate) fn host_of(parts: &Parts) -> Result<&str, Refusal> {
    if parts.method == Method::CONNECT {
        return Err(Refusal::Malformed("CONNECT is not served here"));
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host,
        (None, _) => return Err(Refusal::Malformed("the Host header is missing")),
        (Some(_), Some(_)) => return Err(Refusal::Malformed("there is more than one Host header")),
    };
    let host = host.to_str().map_err(|_| Refusal::Malformed("the Host header is not a name"))?;
    if let Some(authority) = parts.uri.authority()
        && !(parts.uri.scheme_str() == Some("http")
            && authority.as_str().eq_ignore_ascii_case(host))
    {
        return Err(Refusal::Malformed("the request target and the Host header disagree"));
    }
    if !is_plainly_framed(&parts.headers) {
        return Err(Refusal::Malformed("the only transfer coding served is a single chunked"));
    }
    Ok(host)
}

/// Whether the transfer coding is none or a single chunked. hyper refuses requests whose codings
/// don't end in chunked, and reads such answers to the connection's end; what else it lets pass
/// would be forwarded decoded in part and labelled in part.
pub(crate) fn is_plainly_framed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// Whether a Host that names no preview is at least well formed.
pub(crate) fn is_authority(host: &str) -> bool {
    host.parse::<Authority>().is_ok_and(|authority| !authority.as_str().contains('@'))
}

/// Turns absolute-form into the origin-form that an origin server expects.
pub(crate) fn to_origin_form(uri: &mut Uri) {
    if uri.authority().is_some() {
        let path = uri.path_and_query().cloned();
        *uri = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn check(uri: &str, headers: &[(&str, &str)]) -> Result<String, String> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        host_of(&parts).map(str::to_owned).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn host_and_absolute_form_must_agree() {
        assert_eq!(check("/", &[("host", "a.test")]), Ok("a.test".into()));
        assert_eq!(check("http://A.test/x", &[("host", "a.test")]), Ok("a.test".into()));
        for (uri, headers) in [
            ("/", &[][..]),
            ("/", &[("host", "a.test"), ("host", "a.test")][..]),
            ("http://b.test/", &[("host", "a.test")][..]),
            ("ftp://a.test/", &[("host", "a.test")][..]),
            ("http://a.test:81/", &[("host", "a.test")][..]),
            ("http://u@a.test/", &[("host", "a.test")][..]),
        ] {
            assert!(check(uri, headers).is_err(), "{uri} {headers:?}");
        }
    }

    #[test]
    fn only_plain_chunked_is_taken() {
        let with = |te| check("/", &[("host", "a.test"), ("transfer-encoding", te)]);
        assert!(with("Chunked").is_ok());
        assert!(with("gzip, chunked").is_err());
        assert!(with("chunked, chunked").is_err());
    }

    #[test]
    fn absolute_form_becomes_origin_form() {
        for (from, to) in [("http://a.test/p?q=1", "/p?q=1"), ("http://a.test", "/"), ("/x", "/x")]
        {
            let mut uri: Uri = from.parse().unwrap();
            to_origin_form(&mut uri);
            assert_eq!(uri.to_string(), to);
        }
    }
}
