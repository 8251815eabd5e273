//! Things by their ids or, where that is one thing only, by their names.

use std::str::FromStr;

use serde_json::Value;
use ulid::Ulid;

use crate::client::{Client, Failure, Route};
use crate::output::clean;
use crate::session::id;

/// How many pages of a list are looked through for a name.
const PAGES_MAX: usize = 50;

/// An id, in the spelling of the API.
pub(crate) fn parse_id(text: &str) -> Result<String, String> {
    match Ulid::from_str(text) {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err("an id has 26 characters, such as 01JD4X8QK3M5N7P9R1S3T5V7W9".to_owned()),
    }
}

impl Client {
    /// An app by its id or its name.
    pub(crate) async fn find_app(&self, text: &str) -> Result<Value, Failure> {
        if let Ok(id) = parse_id(text) {
            match self.get(&Route::v1(["apps", &id])).await {
                Err(failure) if failure.is_not_found() => {}
                found => return Ok(found?.json()),
            }
        }
        // A name can look like an id.
        let list = Route::v1(["apps"]).with("q", Some(text));
        self.find_named(list, "apps", "app", text).await
    }

    /// The id of an app.
    pub(crate) async fn find_app_id(&self, text: &str) -> Result<String, Failure> {
        id(&self.find_app(text).await?, "id")
    }

    /// A sandbox by its own id, or by its app's id or name.
    pub(crate) async fn find_sandbox(&self, text: &str) -> Result<Value, Failure> {
        if let Ok(id) = parse_id(text) {
            match self.get(&Route::v1(["sandboxes", &id])).await {
                Err(failure) if failure.is_not_found() => {}
                found => return Ok(found?.json()),
            }
        }
        let app = self.find_app(text).await.map_err(|failure| match failure {
            Failure::Missing(_) => {
                Failure::Missing(format!("there is no app or sandbox {:?}", clean(text)))
            }
            failure => failure,
        })?;
        let Some(id) = app["current_sandbox_id"].as_str() else {
            let app = clean(text);
            let make = format!("sandboxctl sandboxes create {app}");
            return Err(Failure::Missing(format!(
                "the app {app} has no sandbox; make one: {make}"
            )));
        };
        Ok(self.get(&Route::v1(["sandboxes", id])).await?.json())
    }

    /// The id of a sandbox.
    pub(crate) async fn find_sandbox_id(&self, text: &str) -> Result<String, Failure> {
        id(&self.find_sandbox(text).await?, "id")
    }

    /// A snapshot by its id or its name, the latter among those of an app if one is given.
    pub(crate) async fn find_snapshot(
        &self,
        text: &str,
        app: Option<&str>,
    ) -> Result<Value, Failure> {
        if let Ok(id) = parse_id(text) {
            match self.get(&Route::v1(["snapshots", &id])).await {
                Err(failure) if failure.is_not_found() => {}
                found => return Ok(found?.json()),
            }
        }
        let list = match app {
            Some(app) => Route::v1(["apps", app, "snapshots"]),
            None => Route::v1(["snapshots"]),
        };
        self.find_named(list, "snapshots", "snapshot", text).await
    }

    /// A task by its id: its sandbox is named by its timeline.
    pub(crate) async fn find_task(&self, task: &str) -> Result<Value, Failure> {
        let told = self.get(&Route::v1(["tasks", task, "events"]).with("limit", Some(1))).await?;
        let sandbox = told.json()["events"][0]["sandbox_id"].as_str().map(str::to_owned);
        let Some(sandbox) = sandbox else {
            let message = "its timeline is gone; it is at GET /v1/apps/{id}/tasks/{task_id}";
            return Err(Failure::Missing(format!("task {task}: {message}")));
        };
        Ok(self.get(&Route::v1(["sandboxes", &sandbox, "tasks", task])).await?.json())
    }

    /// The one thing of a list that has a name.
    async fn find_named(
        &self,
        list: Route,
        key: &str,
        what: &str,
        name: &str,
    ) -> Result<Value, Failure> {
        let mut found: Vec<Value> = Vec::new();
        let mut before: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = list.clone().with("limit", Some(200)).with("before", before.as_ref());
            let page = self.get(&page).await?.json();
            let all = page[key].as_array().into_iter().flatten();
            found.extend(all.filter(|item| item["name"] == name).cloned());
            before = page["next_before"].as_str().map(str::to_owned);
            if before.is_none() {
                break;
            }
        }
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().filter_map(|item| item["id"].as_str()).collect();
            let name = clean(name);
            let message = format!("{} {what}s are named {name:?}; use an id: ", found.len());
            return Err(Failure::Usage(message + &ids.join(", ")));
        }
        let missing = || Failure::Missing(format!("there is no {what} {:?}", clean(name)));
        found.pop().ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_in_either_case_and_nothing_else_is_one() {
        let id = "01JD4X8QK3M5N7P9R1S3T5V7W9";
        assert_eq!(parse_id(&id.to_lowercase()).unwrap(), id);
        for no in ["", "shop", "..", "01JD4X8QK3M5N7P9R1S3T5V7W", "01JD4X8QK3M5N7P9R1S3T5V7W9/x"] {
            assert!(parse_id(no).is_err(), "{no}");
        }
    }
}
