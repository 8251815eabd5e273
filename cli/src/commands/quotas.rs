//! `sandboxctl quotas`

use clap::Args;
use serde_json::Value;

use crate::client::{Failure, Route};
use crate::output::{Table, bytes, text_of};
use crate::session::Session;

/// Show what this token's tenant may have, and has
#[derive(Debug, Args)]
#[command(alias = "quota")]
pub(crate) struct Quotas {}

impl Quotas {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let answer = session.client.get(&Route::v1(["quotas"])).await?;
        session.out.show(&answer, table);
        Ok(())
    }
}

fn table(answer: &Value) -> String {
    let mut table = Table::new(&["QUOTA", "USED", "LIMIT"]);
    for (name, quota) in answer["quotas"].as_object().into_iter().flatten() {
        let number = |key: &str| match quota[key].as_u64() {
            Some(count) if name.ends_with("_bytes") => bytes(Some(count)),
            _ => text_of(quota, key),
        };
        let limit = if quota["limit"].is_null() { "none".to_owned() } else { number("limit") };
        table.row(vec![name.clone(), number("used"), limit]);
    }
    table.to_string()
}
