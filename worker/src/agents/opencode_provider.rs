//! Which of its providers opencode is to use, and with which model.

use sandboxd_shared::domain::Agent;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::{NotReady, Request};

/// Models for requests that name none; opencode 1.18.33 knows all of them.
const ANTHROPIC_MODEL: &str = "claude-sonnet-5";
const OPENAI_MODEL: &str = "gpt-5.5";
const GOOGLE_MODEL: &str = "gemini-2.5-pro";
const OPENROUTER_MODEL: &str = "anthropic/claude-sonnet-5";
/// Our own name for whatever answers at `OPENAI_BASE_URL`: of opencode's own provider `openai` only
/// OpenAI itself understands everything.
const COMPATIBLE: &str = "compatible";

/// A provider that a key of the app's config stands for.
struct Provider {
    id: &'static str,
    key: &'static str,
    /// The key with another place to ask, and the path of the version below it.
    base: Option<(&'static str, &'static str)>,
    /// How the names of its own models begin.
    family: &'static str,
    model: &'static str,
}

/// In the order of preference.
const PROVIDERS: [Provider; 4] = [
    Provider {
        id: "anthropic",
        key: "ANTHROPIC_API_KEY",
        base: Some(("ANTHROPIC_BASE_URL", "/v1")),
        family: "claude",
        model: ANTHROPIC_MODEL,
    },
    Provider {
        id: "openai",
        key: "OPENAI_API_KEY",
        base: Some(("OPENAI_BASE_URL", "")),
        family: "gpt",
        model: OPENAI_MODEL,
    },
    Provider {
        id: "google",
        key: "GEMINI_API_KEY",
        base: Some(("GOOGLE_GEMINI_BASE_URL", "/v1beta")),
        family: "gemini",
        model: GOOGLE_MODEL,
    },
    Provider {
        id: "openrouter",
        key: "OPENROUTER_API_KEY",
        base: None,
        family: "openrouter/",
        model: OPENROUTER_MODEL,
    },
];

/// A provider and one of its models.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    pub(super) provider: &'a str,
    pub(super) model: &'a str,
    /// The key that it is asked with, where that is known here.
    key: Option<&'static str>,
    /// Where it is asked, as a text for opencode's config.
    base: Option<String>,
}

impl<'a> Choice<'a> {
    /// From a model of the form `provider/model`, or from a model's name and the keys that the app
    /// has.
    pub(super) fn of(request: &Request<'a>) -> Result<Self, NotReady> {
        let Some(model) = request.model else {
            let provider = preferred(request, "")?;
            return Ok(Self::new(request, provider, provider.model));
        };
        let Some((prefix, rest)) = model.split_once('/') else {
            return Ok(Self::new(request, preferred(request, model)?, model));
        };
        if let Some(provider) = PROVIDERS.iter().find(|provider| provider.id == prefix) {
            if !request.has(provider.key) {
                let keys = vec![provider.key];
                return Err(NotReady::NoKey { agent: Agent::Opencode, keys });
            }
            return Ok(Self::new(request, provider, rest));
        }
        let openai = &PROVIDERS[1];
        if request.has(openai.key) && request.has("OPENAI_BASE_URL") {
            return Ok(Self::new(request, openai, model));
        }
        // One of the many others that opencode knows, with keys of their own.
        Ok(Self { provider: prefix, model: rest, key: None, base: None })
    }

    fn new(request: &Request<'_>, provider: &Provider, model: &'a str) -> Self {
        let base = provider.base.filter(|(key, _)| request.has(key)).map(|(key, version)| {
            // Both forms are in use; opencode wants the one with the version.
            let url = request.environment.get(key).map_or("", |url| url.expose_secret());
            let whole = url.trim_end_matches('/').ends_with(version);
            let path = if whole { "" } else { version };
            let path = if url.ends_with('/') { path.trim_start_matches('/') } else { path };
            format!("{{env:{key}}}{path}")
        });
        let compatible = provider.id == "openai" && base.is_some();
        Self {
            provider: if compatible { COMPATIBLE } else { provider.id },
            model,
            key: Some(provider.key),
            base,
        }
    }

    /// Its part of opencode's config. The model is listed, since opencode may not know it. The key
    /// isn't in it, but where to find it: of several names opencode would choose none.
    pub(super) fn config(&self) -> Value {
        let mut models = json!({});
        models[self.model] = json!({});
        let mut config = json!({ "models": models });
        if let Some(key) = self.key {
            config["env"] = json!([key]);
        }
        if let Some(base) = &self.base {
            config["options"] = json!({ "baseURL": base });
        }
        if self.provider == COMPATIBLE {
            config["name"] = "OpenAI-compatible".into();
            config["npm"] = "@ai-sdk/openai-compatible".into();
        }
        config
    }
}

/// The provider whose family a model is of, or else the first that the app has a key for.
fn preferred(request: &Request<'_>, model: &str) -> Result<&'static Provider, NotReady> {
    let key = request.key(Agent::Opencode)?;
    let of_family =
        |provider: &&Provider| model.starts_with(provider.family) && request.has(provider.key);
    let first = PROVIDERS.iter().find(|provider| provider.key == key);
    let found = PROVIDERS.iter().find(of_family).or(first);
    Ok(found.expect("invariant: each key that opencode needs is a provider's"))
}
