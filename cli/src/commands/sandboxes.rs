//! `sandboxctl sandboxes`

use std::process::{Command, Stdio};

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::page::Page;
use crate::client::{Body, Failure, Route};
use crate::output::{age, confirm, sandbox_fields, text_of};
use crate::session::{Session, Waiting};

/// Sandboxes: a container over a workspace that outlives it
#[derive(Debug, Args)]
#[command(alias = "sandbox")]
pub(crate) struct Sandboxes {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List sandboxes, newest first
    #[command(alias = "ls")]
    List {
        #[command(flatten)]
        page: Page,
    },
    /// Create the sandbox of an app
    Create(Create),
    /// Show a sandbox
    Get {
        #[command(flatten)]
        which: Which,
    },
    /// Change who may see it and when it sleeps
    Update {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        settings: Settings,
        /// How long it may be unused: a duration such as 35m, 0 for always
        #[arg(long, value_name = "TIME")]
        idle_after: Option<String>,
    },
    /// Start a sandbox; also heals one whose container is gone
    Start {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Stop a sandbox; its workspace stays
    Stop {
        #[command(flatten)]
        which: Which,
        /// Cancel a task that is under way
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Delete a sandbox with its workspace; its snapshots stay
    #[command(alias = "rm")]
    Delete {
        #[command(flatten)]
        which: Which,
        /// Cancel a task that is under way
        #[arg(long)]
        force: bool,
        /// Don't ask
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Print the address of the preview
    Url(Url),
    /// Open the preview in a browser
    Open(Url),
    /// Print what the dev server prints
    Logs {
        #[command(flatten)]
        which: Which,
        /// Go on until interrupted
        #[arg(long, short)]
        follow: bool,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// Its id, or its app's id or name
    #[arg(value_name = "APP|SANDBOX")]
    sandbox: String,
}

#[derive(Debug, Args)]
struct Create {
    /// The app's id or name
    app: String,
    /// What the workspace begins with: react-standard, node-express, static, python or blank
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// A port that it serves; may be given several times, the first is the main one
    #[arg(long = "port", value_name = "PORT")]
    ports: Vec<u16>,
    #[command(flatten)]
    settings: Settings,
    /// Its memory, such as 1g
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Its CPUs, fractions allowed
    #[arg(long, value_name = "NUMBER")]
    cpus: Option<f64>,
    /// What its workspace may hold, such as 10g
    #[arg(long, value_name = "SIZE")]
    disk: Option<String>,
    #[command(flatten)]
    wait: Waiting,
}

#[derive(Debug, Args)]
struct Settings {
    /// Who may see the preview
    #[arg(long)]
    visibility: Option<Visibility>,
    /// Whether it is stopped when nobody uses it
    #[arg(long)]
    idle_policy: Option<IdlePolicy>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Visibility {
    Public,
    Private,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum IdlePolicy {
    Sleep,
    #[value(name = "always_on")]
    AlwaysOn,
}

#[derive(Debug, Args)]
struct Url {
    #[command(flatten)]
    which: Which,
    /// Of this port instead of the main one
    #[arg(long)]
    port: Option<u16>,
    /// Make a link that opens a private preview for so long, such as 1h
    #[arg(long, value_name = "TIME")]
    link: Option<String>,
}

impl Settings {
    fn add_to(&self, body: &mut Value) {
        if let Some(visibility) = self.visibility {
            body["visibility"] = name_of(&visibility).into();
        }
        if let Some(policy) = self.idle_policy {
            body["idle_policy"] = name_of(&policy).into();
        }
    }
}

fn name_of(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl Create {
    fn body(&self) -> Value {
        let mut body = json!({});
        if let Some(template) = &self.template {
            body["template"] = template.clone().into();
        }
        if !self.ports.is_empty() {
            body["ports"] = self.ports.clone().into();
        }
        self.settings.add_to(&mut body);
        let limits = [
            ("memory", self.memory.clone().map(Value::from)),
            ("cpus", self.cpus.map(Value::from)),
            ("disk", self.disk.clone().map(Value::from)),
        ];
        for (name, value) in limits {
            if let Some(value) = value {
                body["limits"][name] = value;
            }
        }
        body
    }
}

impl Sandboxes {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        match self.verb {
            Verb::List { page } => list(session, &page).await,
            Verb::Create(create) => {
                let app = client.find_app_id(&create.app).await?;
                let route = Route::v1(["apps", &app, "sandbox"]);
                let answer = client.post(&route, create.body()).await?;
                session.accepted(&answer, create.wait).await
            }
            Verb::Get { which } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let answer = client.get(&Route::v1(["sandboxes", &id])).await?;
                out.show(&answer, sandbox_fields);
                Ok(())
            }
            Verb::Update { which, settings, idle_after } => {
                let mut body = json!({});
                settings.add_to(&mut body);
                if let Some(time) = idle_after {
                    body["idle_after"] = time.into();
                }
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route = Route::v1(["sandboxes", &id]);
                let answer = client.send(Method::PATCH, &route, Body::Json(body)).await?;
                out.show(&answer, sandbox_fields);
                Ok(())
            }
            Verb::Start { which, wait } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route = Route::v1(["sandboxes", &id, "start"]);
                session.accepted(&client.post(&route, json!({})).await?, wait).await
            }
            Verb::Stop { which, force, wait } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                let route = Route::v1(["sandboxes", &id, "stop"]).flag("force", force);
                session.accepted(&client.post(&route, json!({})).await?, wait).await
            }
            Verb::Delete { which, force, yes, wait } => {
                let id = client.find_sandbox_id(&which.sandbox).await?;
                confirm(&format!("delete the sandbox {id} with its workspace"), yes)?;
                let route = Route::v1(["sandboxes", &id]).flag("force", force);
                let answer = client.send(Method::DELETE, &route, Body::None).await?;
                session.accepted(&answer, wait).await
            }
            Verb::Url(url) => show_url(session, &url).await.map(|_| ()),
            Verb::Open(url) => open(&show_url(session, &url).await?),
            Verb::Logs { which, follow } => logs(session, &which, follow).await,
        }
    }
}

async fn list(session: &Session, page: &Page) -> Result<(), Failure> {
    let out = &session.out;
    let answer = session.client.get(&page.of(Route::v1(["sandboxes"]))).await?;
    out.list(&answer, "sandboxes", &["ID", "APP", "STATUS", "AGE", "URL"], |sandbox| {
        vec![
            text_of(sandbox, "id"),
            text_of(sandbox, "app_id"),
            text_of(sandbox, "status"),
            age(sandbox["created_at"].as_str(), out.now),
            text_of(&sandbox["preview"], "url"),
        ]
    });
    Ok(())
}

/// Prints where a preview is, and gives it.
async fn show_url(session: &Session, wanted: &Url) -> Result<String, Failure> {
    let (client, out) = (&session.client, &session.out);
    let sandbox = client.find_sandbox(&wanted.which.sandbox).await?;
    let id = text_of(&sandbox, "id");
    if let Some(time) = &wanted.link {
        let mut body = json!({ "expires_in": time });
        if let Some(port) = wanted.port {
            body["port"] = port.into();
        }
        let answer = client.post(&Route::v1(["sandboxes", &id, "preview-token"]), body).await?;
        out.show(&answer, |link| text_of(link, "url"));
        return Ok(text_of(&answer.json(), "url"));
    }
    let preview = &sandbox["preview"];
    let url = match wanted.port {
        None => text_of(preview, "url"),
        Some(port) => text_of(&preview["urls"], &port.to_string()),
    };
    if url.is_empty() {
        return Err(Failure::Missing("the sandbox doesn't serve that port".into()));
    }
    if out.json {
        out.raw(preview.to_string().as_bytes());
    } else {
        out.print(&url);
    }
    Ok(url)
}

/// Hands an address to the desktop.
fn open(url: &str) -> Result<(), Failure> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let child = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.map(|_| ()).map_err(Failure::io(format!("{opener} can't be started; open it yourself")))
}

async fn logs(session: &Session, which: &Which, follow: bool) -> Result<(), Failure> {
    let id = session.client.find_sandbox_id(&which.sandbox).await?;
    let route = Route::v1(["sandboxes", &id, "logs"]).flag("follow", follow);
    // A dev server may print nothing for days.
    let mut stream = session.client.open(Method::GET, &route, Body::None, &[], None).await?;
    while let Some(piece) = stream.next().await? {
        session.out.write(&crate::output::clean_block(&String::from_utf8_lossy(&piece)));
    }
    Ok(())
}
