//! `sandboxctl doctor`: what the API says about itself.

use clap::Args;
use serde_json::{Value, json};

use crate::client::{Client, Failure, Refusal, Route};
use crate::output::{clean, duration, text_of};
use crate::session::Session;

/// What this can't see from here.
const BEYOND: &str = "Containers, networks, firewall rules, disk and orphans are looked at on the \
                      host itself: sudo sandboxd-api admin doctor";
/// So long may an operation wait before that is worth telling of, in milliseconds.
const WAIT_LONG: u64 = 60_000;

/// Check that the API is up, that the token is valid, and that somebody works
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// Something that was looked at.
struct Finding {
    what: String,
    ok: bool,
    said: String,
}

impl Doctor {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        // If nobody answers there is nothing more to find out.
        client.get(&Route::root("healthz")).await?;
        let ready = readiness(client).await?;
        let workers = client.get(&Route::v1(["workers"])).await.map(|answer| answer.json());
        let queues = client.get(&Route::v1(["queues"])).await.map(|answer| answer.json());
        if out.json {
            let part = |found: &Result<Value, Failure>| match found {
                Ok(found) => found.clone(),
                Err(failure) => json!({ "error": { "message": failure.to_string() } }),
            };
            let all = json!({
                "readyz": ready, "workers": part(&workers), "queues": part(&queues),
            });
            out.raw(all.to_string().as_bytes());
        }
        let mut findings = vec![finding("api", true, client.url().as_str())];
        findings.extend(checks(&ready));
        match (&workers, &queues) {
            (Ok(workers), Ok(queues)) => {
                findings.push(finding("token", true, "it is valid"));
                findings.extend(nodes(workers));
                findings.extend(waiting(queues));
            }
            (Err(failure), _) | (_, Err(failure)) => {
                findings.push(finding("token", false, &failure.to_string()));
            }
        }
        if !out.json {
            for Finding { what, ok, said } in &findings {
                let sign = if *ok { "ok   " } else { "FAIL " };
                out.print(format!("{sign} {what}  {said}").trim_end());
            }
        }
        out.note(BEYOND);
        match findings.iter().filter(|finding| !finding.ok).count() {
            0 => Ok(()),
            _ if workers.is_err() => workers.map(|_| ()),
            wrong => Err(Failure::Failed(format!("{wrong} of {} checks fail", findings.len()))),
        }
    }
}

fn finding(what: &str, ok: bool, said: &str) -> Finding {
    Finding { what: clean(what), ok, said: clean(said) }
}

/// The checks of `readyz`, which says 503 where one fails.
async fn readiness(client: &Client) -> Result<Value, Failure> {
    match client.get_once(&Route::root("readyz")).await {
        Ok(answer) => Ok(answer.json()),
        Err(Failure::Refused(refusal)) if refusal.status == 503 => {
            let Refusal { details, message, .. } = *refusal;
            Ok(json!({ "status": message, "checks": details["checks"] }))
        }
        Err(failure) => Err(failure),
    }
}

fn checks(ready: &Value) -> Vec<Finding> {
    let checks = ready["checks"].as_array().into_iter().flatten();
    checks
        .map(|check| {
            let (reason, warning) = (text_of(check, "reason"), text_of(check, "warning"));
            let said = if reason.is_empty() { warning } else { reason };
            finding(&text_of(check, "name"), check["ok"] == true, &said)
        })
        .collect()
}

fn nodes(workers: &Value) -> Vec<Finding> {
    let nodes = workers["nodes"].as_array().into_iter().flatten();
    nodes
        .map(|node| {
            let name = format!("node {}", text_of(node, "name"));
            let its = workers["workers"].as_array().into_iter().flatten();
            let alive = its
                .filter(|worker| worker["node"] == node["name"] && worker["alive"] == true)
                .count();
            let wrong = ["engine_error", "firewall_error"].map(|key| text_of(node, key));
            let wrong = wrong.into_iter().find(|text| !text.is_empty());
            match wrong {
                Some(wrong) => finding(&name, false, &wrong),
                None => finding(&name, alive > 0, &format!("{alive} workers")),
            }
        })
        .collect()
}

fn waiting(queues: &Value) -> Vec<Finding> {
    let queues = queues["queues"].as_array().into_iter().flatten();
    let long = queues.filter(|queue| queue["oldest_age_ms"].as_u64() > Some(WAIT_LONG));
    long.map(|queue| {
        let name = format!("queue {} {}", text_of(queue, "node"), text_of(queue, "queue"));
        let oldest = duration(queue["oldest_age_ms"].as_u64());
        let said = format!("{} wait, the oldest for {oldest}", text_of(queue, "depth"));
        finding(&name, false, &said)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_needs_a_living_worker_and_its_engine() {
        let node = |engine: Value| json!({ "name": "n", "engine_error": engine });
        let worker = |alive: bool| json!({ "node": "n", "alive": alive });
        for (engine, alive, ok) in
            [(json!(null), true, true), (json!(null), false, false), (json!("gone"), true, false)]
        {
            let said = json!({ "nodes": [node(engine)], "workers": [worker(alive)] });
            assert_eq!(nodes(&said)[0].ok, ok, "{said}");
        }
    }

    #[test]
    fn only_a_long_wait_is_told_of() {
        let queue =
            |age: u64| json!({ "node": "n", "queue": "task", "depth": 3, "oldest_age_ms": age });
        let found = waiting(&json!({ "queues": [queue(59_000), queue(61_000)] }));
        assert_eq!(found.len(), 1);
        assert!(found[0].said.contains("61.0 s"), "{}", found[0].said);
    }
}
