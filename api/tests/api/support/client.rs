//! Requests and their answers.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use super::Document;
use super::app::in_time;

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Ask {
    pub(crate) fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let uri = format!("http://{address}{path}");
        Self { method: method.parse().unwrap(), uri, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.value(name, value.parse().unwrap())
    }

    pub(crate) fn value(mut self, name: &str, value: HeaderValue) -> Self {
        let name: http::HeaderName = name.parse().unwrap();
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// The answer's head, and its body as it comes.
    pub(crate) async fn open(self) -> http::Response<Incoming> {
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.uri.parse().unwrap();
        *request.headers_mut() = self.headers;
        // A client of its own: a pooled connection would belong to another test's runtime.
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        in_time("an answer", client.request(request)).await.unwrap()
    }

    pub(crate) async fn send(self) -> Reply {
        let what = format!("{} {}", self.method, self.uri);
        let sent = self.clone();
        let (head, body) = self.open().await.into_parts();
        let bytes = in_time("a body", body.collect()).await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let (status, headers) = (head.status.as_u16(), head.headers);
        let mut reply = Reply { what, status, headers, bytes, text, json, operation: None };
        sent.check(&mut reply);
        reply
    }

    /// Holds the exchange against the document.
    fn check(&self, reply: &mut Reply) {
        let document = Document::get();
        let uri: http::Uri = self.uri.parse().unwrap();
        let found = document.find(self.method.as_str(), uri.path());
        if found.is_none() && !uri.path().starts_with("/v1/") {
            // The gateway's, or nobody's.
            return;
        }
        document.check_answer(&reply.what, found.as_ref(), reply);
        let Some(found) = found else { return };
        if (200..300).contains(&reply.status) {
            let query = uri.query().unwrap_or_default();
            document.check_request(&reply.what, &found, query, &self.body);
        }
        reply.operation = Some(found.id);
    }
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    what: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) text: String,
    pub(crate) json: Value,
    /// The name of the operation in the document; none for a path without a route.
    pub(crate) operation: Option<String>,
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text);
        self
    }

    /// The answer is an error of this status and code, in the one shape of errors.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, code: &str) -> &Self {
        self.expect(status);
        let error = &self.json["error"];
        assert_eq!(error["code"], code, "{}: {}", self.what, self.text);
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
        assert!(error["retryable"].is_boolean(), "{}", self.text);
        assert_eq!(error["request_id"], self.header("x-request-id"), "{}", self.text);
        let known = ["code", "message", "retryable", "request_id", "details"];
        for key in error.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{}", self.text);
        }
        self
    }

    /// The same for a field that the error names.
    #[track_caller]
    pub(crate) fn expect_field(&self, field: &str) -> &Self {
        self.expect_error(400, "invalid_request");
        let named = self.json["error"]["details"]["field"].as_str().unwrap_or_default();
        assert_eq!(named, field, "{}: {}", self.what, self.text);
        assert!(self.json["error"]["message"].as_str().unwrap().contains(field), "{}", self.text);
        self
    }

    /// A header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
