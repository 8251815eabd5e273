//! How findings are told.

use sandboxd_shared::node::{Finding, Severity};
use serde_json::json;

use crate::cli::admin::show;

/// How many of them are errors.
pub(super) fn errors(found: &[Finding]) -> usize {
    count(found, Severity::Error)
}

fn count(found: &[Finding], severity: Severity) -> usize {
    found.iter().filter(|finding| finding.severity == severity).count()
}

/// For a program.
pub(super) fn json(found: &[Finding]) -> String {
    json!({
        "errors": errors(found),
        "warnings": count(found, Severity::Warning),
        "findings": found,
    })
    .to_string()
}

/// For a person: a table, and below it what to do.
pub(super) fn text(found: &[Finding]) -> String {
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|finding| {
            let severity = finding.severity.as_str().to_owned();
            vec![severity, finding.check.clone(), finding.message.clone()]
        })
        .collect();
    let mut said = show::table(&["", "check", "finding"], &rows);
    let wrong: Vec<&Finding> =
        found.iter().filter(|finding| finding.severity != Severity::Ok).collect();
    if wrong.is_empty() {
        said.push_str("\nEverything is in order.\n");
        return said;
    }
    said.push_str("\nWhat to do:\n");
    for finding in wrong {
        said.push_str(&format!("- {}: {}\n", finding.check, finding.message));
        if let Some(advice) = &finding.advice {
            said.push_str(&format!("  {advice}\n"));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let fine = Finding::ok("disk", "half of it is free");
        let said = text(std::slice::from_ref(&fine));
        assert!(said.contains("ok       disk") || said.contains("ok  disk"), "{said}");
        assert!(said.contains("in order") && !said.contains("What to do"));
        let low = Finding::warning("disk", "it is nearly full", "delete snapshots");
        let dead = Finding::error("engine", "it doesn't answer", "start Docker");
        let said = text(&[fine.clone(), low.clone(), dead.clone()]);
        assert!(said.contains("- engine: it doesn't answer\n  start Docker\n"), "{said}");
        let found: serde_json::Value = serde_json::from_str(&json(&[fine, low, dead])).unwrap();
        assert_eq!((&found["errors"], &found["warnings"]), (&json!(1), &json!(1)));
        assert_eq!(found["findings"][2]["severity"], "error");
        assert_eq!(found["findings"][2]["advice"], "start Docker");
    }
}
