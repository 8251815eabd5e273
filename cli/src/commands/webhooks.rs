//! `sandboxctl webhooks`

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::page::Page;
use crate::client::{Body, Failure, Route};
use crate::output::{age, confirm, duration, lines, text_of};
use crate::resolve::parse_id;
use crate::session::Session;

/// Webhooks: where events are sent to
#[derive(Debug, Args)]
#[command(alias = "webhook")]
pub(crate) struct Webhooks {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List webhooks, newest first
    #[command(alias = "ls")]
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Make a webhook; the secret that its messages are signed with is shown once
    Create {
        /// Where messages are posted to
        #[arg(value_name = "URL")]
        address: String,
        /// Only events of this app, by its id or name
        #[arg(long)]
        app: Option<String>,
        #[command(flatten)]
        about: About,
    },
    /// Show a webhook
    Get {
        #[arg(value_parser = parse_id)]
        webhook: String,
    },
    /// Change a webhook
    Update {
        #[arg(value_parser = parse_id)]
        webhook: String,
        /// Its new address
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        /// Send again, and forgive what failed before
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
        /// Send nothing, and cancel what waits
        #[arg(long)]
        disable: bool,
        #[command(flatten)]
        about: About,
    },
    /// Delete a webhook with what waits to be sent
    #[command(alias = "rm")]
    Delete {
        #[arg(value_parser = parse_id)]
        webhook: String,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Send a message to try it; the delivery says how that went
    Test {
        #[arg(value_parser = parse_id)]
        webhook: String,
    },
    /// Make a new secret; for 24 hours messages are signed with the one before, too
    RotateSecret {
        #[arg(value_parser = parse_id)]
        webhook: String,
    },
    /// List what was and is to be sent, newest first
    Deliveries {
        #[arg(value_parser = parse_id)]
        webhook: String,
        /// Only those that are: pending, succeeded, failed or cancelled
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Send a message once more
    Redeliver {
        #[arg(value_parser = parse_id)]
        webhook: String,
        #[arg(value_parser = parse_id)]
        delivery: String,
    },
}

#[derive(Debug, Args)]
struct About {
    /// A type of event, or a family such as sandbox.*; may be given several times
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// A longer text
    #[arg(long)]
    description: Option<String>,
}

impl About {
    fn add_to(self, body: &mut Value) {
        if !self.events.is_empty() {
            body["events"] = self.events.into();
        }
        if let Some(description) = self.description {
            body["description"] = description.into();
        }
    }
}

impl Webhooks {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        let answer = match self.verb {
            Verb::List { page } => return list(session, &page).await,
            Verb::Create { address, app, about } => {
                let mut body = json!({ "url": address });
                if let Some(app) = app {
                    body["app_id"] = client.find_app_id(&app).await?.into();
                }
                about.add_to(&mut body);
                client.post(&Route::v1(["webhooks"]), body).await?
            }
            Verb::Get { webhook } => client.get(&Route::v1(["webhooks", &webhook])).await?,
            Verb::Update { webhook, address, enable, disable, about } => {
                let mut body = json!({});
                if let Some(address) = address {
                    body["url"] = address.into();
                }
                if enable || disable {
                    body["enabled"] = enable.into();
                }
                about.add_to(&mut body);
                let route = Route::v1(["webhooks", &webhook]);
                client.send(Method::PATCH, &route, Body::Json(body)).await?
            }
            Verb::Delete { webhook, yes } => {
                confirm(&format!("delete the webhook {webhook}"), yes)?;
                let route = Route::v1(["webhooks", &webhook]);
                client.send(Method::DELETE, &route, Body::None).await?;
                out.note(&format!("deleted {webhook}"));
                return Ok(());
            }
            Verb::RotateSecret { webhook } => {
                client.post(&Route::v1(["webhooks", &webhook, "rotate-secret"]), json!({})).await?
            }
            Verb::Test { webhook } => {
                let route = Route::v1(["webhooks", &webhook, "test"]);
                out.show(&client.post(&route, json!({})).await?, delivery_fields);
                return Ok(());
            }
            Verb::Deliveries { webhook, status, page } => {
                return deliveries(session, &webhook, status, &page).await;
            }
            Verb::Redeliver { webhook, delivery } => {
                let route = Route::v1(["webhooks", &webhook, "deliveries", &delivery, "redeliver"]);
                out.show(&client.post(&route, json!({})).await?, delivery_fields);
                return Ok(());
            }
        };
        out.show(&answer, webhook_fields);
        Ok(())
    }
}

async fn list(session: &Session, page: &Page) -> Result<(), Failure> {
    let out = &session.out;
    let answer = session.client.get(&page.of(Route::v1(["webhooks"]))).await?;
    out.list(&answer, "webhooks", &["ID", "AGE", "STATE", "EVENTS", "URL"], |webhook| {
        vec![
            text_of(webhook, "id"),
            age(webhook["created_at"].as_str(), out.now),
            state(webhook).to_owned(),
            events(webhook),
            text_of(webhook, "url"),
        ]
    });
    Ok(())
}

async fn deliveries(
    session: &Session,
    webhook: &str,
    status: Option<String>,
    page: &Page,
) -> Result<(), Failure> {
    let out = &session.out;
    let route = Route::v1(["webhooks", webhook, "deliveries"]).with("status", status);
    let answer = session.client.get(&page.of(route)).await?;
    let columns = ["ID", "AGE", "STATUS", "TRIES", "ANSWER", "TYPE", "ERROR"];
    out.list(&answer, "deliveries", &columns, |delivery| {
        vec![
            text_of(delivery, "id"),
            age(delivery["created_at"].as_str(), out.now),
            text_of(delivery, "status"),
            text_of(delivery, "attempts"),
            text_of(delivery, "response_status"),
            text_of(delivery, "type"),
            text_of(delivery, "error"),
        ]
    });
    Ok(())
}

fn state(webhook: &Value) -> &'static str {
    if webhook["enabled"] == true { "enabled" } else { "disabled" }
}

fn events(webhook: &Value) -> String {
    let names = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.collect::<Vec<_>>().join(",")
}

fn webhook_fields(webhook: &Value) -> String {
    lines(&[
        ("webhook", text_of(webhook, "id")),
        ("url", text_of(webhook, "url")),
        ("state", state(webhook).to_owned()),
        ("reason", text_of(webhook, "disabled_reason")),
        ("events", events(webhook)),
        ("app", text_of(webhook, "app_id")),
        ("description", text_of(webhook, "description")),
        ("secret", text_of(webhook, "secret")),
    ])
}

fn delivery_fields(delivery: &Value) -> String {
    lines(&[
        ("delivery", text_of(delivery, "id")),
        ("type", text_of(delivery, "type")),
        ("status", text_of(delivery, "status")),
        ("tries", text_of(delivery, "attempts")),
        ("answer", text_of(delivery, "response_status")),
        ("error", text_of(delivery, "error")),
        ("took", duration(delivery["duration_ms"].as_u64())),
    ])
}
