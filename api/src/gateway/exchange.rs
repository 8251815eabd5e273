//! A link to a private preview becomes a cookie: on the preview's own host, under a path that
//! applications never see.

use std::borrow::Cow;

use http::header::{HeaderName, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use super::authorise::{admit_route, opens};
use super::body::ResponseBody;
use super::cookies;
use super::handler::Gateway;
use super::host::Preview;
use super::local_path::LocalPath;
use super::page;
use super::refusal::Refusal;

/// Paths below this are ours on every preview host.
const RESERVED: &str = "/.sandboxd";
/// Where links lead.
pub(crate) const OPEN: &str = "/.sandboxd/open";
/// The parameters of a link.
pub(crate) const TOKEN: &str = "token";
pub(crate) const TO: &str = "to";

/// Says so to crawlers that were given a link.
const ROBOTS: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));

/// Whether a path (without query) is never an application's.
pub(crate) fn is_reserved(path: &str) -> bool {
    path.strip_prefix(RESERVED).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers on a reserved path. Nothing is woken: the browser's next request does that.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::MethodNotAllowed`], [`Refusal::Malformed`], and
/// [`Refusal::LinkInvalid`] if the token doesn't open this preview.
pub(crate) fn exchange(
    gateway: &Gateway,
    preview: Preview,
    request: &Parts,
) -> Result<Response<ResponseBody>, Refusal> {
    if request.uri.path() != OPEN {
        return Err(Refusal::NotFound);
    }
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Refusal::MethodNotAllowed);
    }
    let (token, to) = read(request.uri.query().unwrap_or_default())?;
    let route = gateway.directory.lookup(preview.sandbox.as_str()).ok_or(Refusal::NotFound)?;
    let grant = match opens(gateway, preview, &token) {
        Ok(grant) => Some(grant),
        // Everybody may see it: an old link is as good as none.
        Err(_) if route.public => None,
        Err(Refusal::Unauthorised) => return Err(Refusal::LinkInvalid),
        Err(other) => return Err(other),
    };
    admit_route(&route, preview)?;
    let mut response = page::plain(StatusCode::SEE_OTHER, "");
    let headers = response.headers_mut();
    let location = HeaderValue::try_from(to.as_str());
    headers.insert(LOCATION, location.map_err(|_| Refusal::Malformed("the link is damaged"))?);
    headers.insert(ROBOTS.0, ROBOTS.1);
    if let Some(grant) = grant {
        for cookie in cookies::set(&token, grant.expires_in, gateway.tls) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// The token and the path of a link, each given once.
fn read(query: &str) -> Result<(Cow<'_, str>, LocalPath), Refusal> {
    let damaged = Refusal::Malformed("the link is damaged; copy all of it");
    let (mut token, mut to) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            TOKEN => &mut token,
            TO => &mut to,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return Err(damaged);
        }
    }
    let Some(token) = token else { return Err(damaged) };
    let to = LocalPath::parse(to.as_deref().unwrap_or("/"));
    to.map(|to| (token, to)).ok_or(Refusal::Malformed("the link leads to no path of this host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_is_the_whole_segment() {
        for path in ["/.sandboxd", "/.sandboxd/", "/.sandboxd/open", "/.sandboxd/x/y"] {
            assert!(is_reserved(path), "{path}");
        }
        for path in ["/", "/.sandboxdx", "/.Sandboxd/", "//.sandboxd/", "/a/.sandboxd/"] {
            assert!(!is_reserved(path), "{path}");
        }
    }

    #[test]
    fn a_link_has_one_token_and_at_most_one_path() {
        let (token, to) = read("token=a%2Db&to=%2Fx%3Fy").unwrap();
        assert_eq!((&*token, to.as_str()), ("a-b", "/x?y"));
        assert_eq!(read("token=t").unwrap().1.as_str(), "/");
        for bad in ["", "to=/", "token=a&token=a", "token=a&to=/&to=/", "token=a&to=//evil.test"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
