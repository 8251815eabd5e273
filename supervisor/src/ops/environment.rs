//! `environment`: what the dev server gets beside its own variables.

use serde::Serialize;
use serde_json::Value;

use super::Live;
use crate::exec::check_variable;
use crate::protocol::{Answer, Refusal, Request, body};

#[derive(Serialize)]
struct Reply {
    changed: bool,
}

/// Answers once the values are taken, not once the dev server runs with them.
pub(super) fn run(live: &Live, mut request: Request) -> Answer {
    // By hand: the words of a failed deserialisation would hold what was given, and it is secret.
    let values = match request.arguments.remove("values") {
        Some(Value::Object(values)) if request.arguments.is_empty() => values,
        _ => return Err(invalid("values must be an object, and nothing else is taken")),
    };
    let values: Result<Vec<_>, _> = values.into_iter().map(variable).collect();
    let changed = live.environment.set(values?.into_iter().collect(), &live.events)?;
    body(&Reply { changed })
}

fn variable((name, value): (String, Value)) -> Result<(String, String), Refusal> {
    let Value::String(value) = value else { return Err(invalid("a value must be a text")) };
    check_variable(&name, &value)?;
    Ok((name, value))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("invalid_request", message)
}
