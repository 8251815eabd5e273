//! The gateway's own answers: pages for browsers, the API's error envelope for everyone else.

use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::json;

use super::body::ResponseBody;
use super::refusal::Refusal;

/// Sent by the waiting page when it asks whether the app is up.
const WAKE_POLL: HeaderName = HeaderName::from_static("x-sandboxd-wake-poll");
/// What the waiting page reads: `waiting` means ask again, anything else means reload.
pub(crate) const WAKE_STATE: HeaderName = HeaderName::from_static("x-sandboxd-wake");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const STYLE: &str = include_str!("page.css");
const POLL_SCRIPT: &str = include_str!("page.js");

/// What matters about who asks, if the answer is ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    /// Takes HTML.
    html: bool,
    /// A person's browser opens a page: it can show that the app is coming up.
    pub(crate) navigates: bool,
    /// The waiting page asks.
    pub(crate) polls: bool,
}

impl Asker {
    pub(crate) fn of(request: &Parts) -> Self {
        let headers = &request.headers;
        let get = request.method == Method::GET;
        let html = headers.get_all(ACCEPT).iter().any(|accept| {
            accept.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"text/html"))
        });
        let navigates = html
            && get
            && headers.get(SEC_FETCH_MODE).is_none_or(|mode| mode.as_bytes() == b"navigate");
        Self { html, navigates, polls: get && headers.contains_key(WAKE_POLL) }
    }
}

/// A short plain answer.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::page(text));
    *response.status_mut() = status;
    guard(response.headers_mut(), "text/plain; charset=utf-8");
    response
}

/// The answer to a refused request.
pub(crate) fn render(refusal: &Refusal, asker: Asker, request_id: &str) -> Response<ResponseBody> {
    let nonce = random_id();
    let (kind, body) = if asker.html {
        ("text/html; charset=utf-8", html(refusal, request_id, &nonce))
    } else {
        ("application/json", envelope(refusal, request_id))
    };
    let mut response = Response::new(ResponseBody::page(body));
    *response.status_mut() = refusal.status();
    let headers = response.headers_mut();
    guard(headers, kind);
    set(headers, CONTENT_SECURITY_POLICY, &policy(&nonce));
    set(headers, X_REQUEST_ID, request_id);
    if let Some(seconds) = refusal.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    match refusal {
        Refusal::Warming { .. } => set(headers, WAKE_STATE, "waiting"),
        // Where it ends is in doubt: what follows it isn't read.
        Refusal::Malformed(_) => set(headers, CONNECTION, "close"),
        Refusal::MethodNotAllowed => set(headers, ALLOW, "GET, HEAD"),
        other if other.status() == StatusCode::UNAUTHORIZED => {
            set(headers, WWW_AUTHENTICATE, "Bearer realm=\"preview\"");
        }
        _ => {}
    }
    response
}

/// 128 random bits in hex: request ids, and nonces for the content security policy.
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("invariant: the kernel gives random bytes");
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// Nothing but this page's own style and script, and requests to the same host. Who may frame it
/// is said on all answers alike.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'"
    )
}

fn guard(headers: &mut HeaderMap, kind: &'static str) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.insert(name, value.parse().expect("invariant: our own header values are ASCII"));
}

fn envelope(refusal: &Refusal, request_id: &str) -> String {
    json!({"error": {
        "code": refusal.code(),
        "message": refusal.to_string(),
        "retryable": refusal.retryable(),
        "request_id": request_id,
    }})
    .to_string()
}

fn html(refusal: &Refusal, request_id: &str, nonce: &str) -> String {
    let (title, text, extra) = match refusal {
        Refusal::Warming { app_name } => (
            format!("Waking up {}", escape(app_name)),
            "The sandbox is starting. This page becomes the app as soon as it answers.".to_owned(),
            format!(
                "<div class=\"bar\" role=\"progressbar\" aria-label=\"Starting\"></div>\
                 <noscript><p><a href=\"\">Try again</a></p></noscript>\
                 <script nonce=\"{nonce}\">{POLL_SCRIPT}</script>"
            ),
        ),
        other => {
            let title = other.status().canonical_reason().unwrap_or("Error").to_owned();
            let code = other.code();
            let extra = format!("<p class=\"fine\">{code} · request {request_id}</p>");
            (title, escape(&other.to_string()), extra)
        }
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
         <body><main><h1>{title}</h1><p>{text}</p>{extra}</main></body></html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn asker(method: &str, headers: &[(&str, &str)]) -> Asker {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Asker::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn only_a_browser_opening_a_page_navigates() {
        let accept = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(asker("GET", &[accept]).navigates);
        assert!(asker("GET", &[accept, ("sec-fetch-mode", "navigate")]).navigates);
        assert!(!asker("GET", &[accept, ("sec-fetch-mode", "cors")]).navigates);
        assert!(!asker("POST", &[accept]).navigates);
        assert!(!asker("GET", &[("accept", "*/*")]).navigates);
        assert!(!asker("GET", &[]).navigates);
    }

    #[test]
    fn hostile_app_names_stay_text() {
        let app_name = "</title><script>alert('x')</script>&\"".to_owned();
        let page = html(&Refusal::Warming { app_name }, "id", "n0");
        assert!(!page.contains("<script>"));
        assert!(page.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)"));
        assert!(page.contains("&amp;&quot;"));
    }
}
