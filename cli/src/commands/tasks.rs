//! `sandboxctl tasks`

use std::io::{self, Read};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::page::Page;
use super::snapshots::show_diff;
use super::work::Work;
use crate::client::{Answer, Failure, Follow, Followed, Route};
use crate::output::{age, clean, clean_block, task as task_fields, text_of};
use crate::resolve::parse_id;
use crate::session::{Session, Waiting, id, or_interrupted};

/// Tasks: prompts for agents that work in sandboxes
#[derive(Debug, Args)]
#[command(alias = "task")]
pub(crate) struct Tasks {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run a task: wakes the sandbox, captures it, and hands the prompt to an agent
    Run(Run),
    /// List the tasks of an app, newest first
    #[command(alias = "ls")]
    List {
        /// The app's id or name
        app: String,
        /// Only those in this state
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show what became of a task
    Get {
        #[arg(value_parser = parse_id)]
        task: String,
    },
    /// Print what a task's agent says, from its beginning until it has done
    Follow {
        #[arg(value_parser = parse_id)]
        task: String,
    },
    /// Cancel a task; what it has changed stays
    Cancel {
        #[arg(value_parser = parse_id)]
        task: String,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Bring back the workspace from before a task; what is replaced is kept as a snapshot
    Undo {
        #[arg(value_parser = parse_id)]
        task: String,
        /// Cancel a task that is under way
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        wait: Waiting,
    },
    /// Show which files a task has changed
    Diff {
        #[arg(value_parser = parse_id)]
        task: String,
        /// In node_modules, .git and what .gitignore names, too
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// The app's id or name, or its sandbox's id
    #[arg(value_name = "APP|SANDBOX")]
    app: String,
    /// What is to be done; - reads it from standard input
    prompt: String,
    /// Don't capture the workspace before and after: the task can't be undone
    #[arg(long)]
    no_checkpoint: bool,
    /// Go on with the conversation of a task before
    #[arg(long = "continue", value_name = "TASK", value_parser = parse_id)]
    continue_task: Option<String>,
    /// Print what the agent says, as it says it
    #[arg(long, short, conflicts_with = "no_wait")]
    follow: bool,
    #[command(flatten)]
    wait: Waiting,
    #[command(flatten)]
    work: Work,
}

impl Run {
    fn body(self) -> Result<Value, Failure> {
        let mut prompt = self.prompt;
        if prompt == "-" {
            prompt.clear();
            let read = io::stdin().read_to_string(&mut prompt);
            read.map_err(Failure::io("the prompt on standard input"))?;
        }
        let mut body = json!({ "prompt": prompt });
        if let Some(task) = self.continue_task {
            body["continue_task_id"] = task.into();
        }
        if self.no_checkpoint {
            body["checkpoint"] = false.into();
        }
        self.work.add_to(&mut body);
        Ok(body)
    }
}

impl Tasks {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        match self.verb {
            Verb::Run(run) => start(session, run).await,
            Verb::List { app, status, page } => {
                let app = client.find_app_id(&app).await?;
                let route = page.of(Route::v1(["apps", &app, "tasks"])).with("status", status);
                let answer = client.get(&route).await?;
                out.list(&answer, "tasks", &["ID", "AGE", "AGENT", "STATUS", "PROMPT"], |task| {
                    vec![
                        text_of(task, "id"),
                        age(task["created_at"].as_str(), out.now),
                        text_of(task, "agent"),
                        text_of(task, "status"),
                        text_of(task, "prompt").chars().take(100).collect(),
                    ]
                });
                Ok(())
            }
            Verb::Get { task } => {
                let found = client.find_task(&task).await?;
                out.show(&task_answer(session, &found).await?, task_fields);
                Ok(())
            }
            Verb::Follow { task } => {
                let found = client.find_task(&task).await?;
                follow(session, &id(&found, "sandbox_id")?, &task).await
            }
            Verb::Cancel { task, wait } => {
                let sandbox = id(&client.find_task(&task).await?, "sandbox_id")?;
                let route = Route::v1(["sandboxes", &sandbox, "tasks", &task, "cancel"]);
                let accepted = client.post(&route, json!({})).await?;
                cancelled(session, &accepted, wait).await
            }
            Verb::Undo { task, force, wait } => {
                let found = client.find_task(&task).await?;
                let before = checkpoint(&found, "checkpoint_before")?;
                let app = id(&found, "app_id")?;
                let route = Route::v1(["apps", &app, "restore"]).flag("force", force);
                let accepted = client.post(&route, json!({ "snapshot_id": before })).await?;
                session.accepted(&accepted, wait).await
            }
            Verb::Diff { task, all } => {
                let found = client.find_task(&task).await?;
                let before = checkpoint(&found, "checkpoint_before")?;
                let after = checkpoint(&found, "checkpoint_after")?;
                show_diff(session, &after, &before, all).await
            }
        }
    }
}

/// A task as the API has it.
async fn task_answer(session: &Session, task: &Value) -> Result<Answer, Failure> {
    let (sandbox, task) = (id(task, "sandbox_id")?, id(task, "id")?);
    session.client.get(&Route::v1(["sandboxes", &sandbox, "tasks", &task])).await
}

fn checkpoint(task: &Value, key: &str) -> Result<String, Failure> {
    let missing = || {
        let task = clean(&text_of(task, "id"));
        Failure::Missing(format!("task {task} has no {key}: none was taken, or not yet"))
    };
    task[key].as_str().map(str::to_owned).ok_or_else(missing)
}

async fn start(session: &Session, run: Run) -> Result<(), Failure> {
    let (app, follows, wait) = (run.app.clone(), run.follow, run.wait);
    let body = run.body()?;
    let sandbox = session.client.find_sandbox_id(&app).await?;
    let route = Route::v1(["sandboxes", &sandbox, "tasks"]);
    let accepted = session.client.post(&route, body).await?;
    if !follows {
        return session.accepted(&accepted, wait).await;
    }
    let task = id(&accepted.json(), "task_id")?;
    session.out.note(&format!("task {task}"));
    follow(session, &sandbox, &task).await
}

/// The end of an operation that is to be cancelled: that it was is what was wanted.
pub(crate) async fn cancelled(
    session: &Session,
    accepted: &Answer,
    wait: Waiting,
) -> Result<(), Failure> {
    if wait.is_unwanted() {
        return session.accepted(accepted, wait).await;
    }
    let ended = session.wait_for(accepted).await?;
    session.out.show(&ended, crate::output::describe);
    match ended.json()["status"].as_str() {
        Some("cancelled") => Ok(()),
        status => {
            let status = clean(status.unwrap_or_default());
            Err(Failure::Failed(format!("too late: it had {status}")))
        }
    }
}

/// Prints what an agent says until it has done; otherwise than well is a failure.
async fn follow(session: &Session, sandbox: &str, task: &str) -> Result<(), Failure> {
    let come_back = format!("it goes on: sandboxctl tasks follow {task}");
    or_interrupted(print_pieces(session, sandbox, task), come_back).await?;
    let route = Route::v1(["sandboxes", sandbox, "tasks", task]);
    let ended = session.client.get(&route).await?.json();
    if !session.out.json {
        session.out.note(task_fields(&without_message(&ended)).trim_end());
    }
    match ended["status"].as_str() {
        Some("succeeded") => Ok(()),
        status => {
            let status = clean(status.unwrap_or_default());
            Err(Failure::Failed(format!("the task {task}: {status}")))
        }
    }
}

/// It was printed as it was said.
fn without_message(task: &Value) -> Value {
    let mut task = task.clone();
    task["agent_message_final"] = Value::Null;
    task
}

async fn print_pieces(session: &Session, sandbox: &str, task: &str) -> Result<(), Failure> {
    let route = Route::v1(["sandboxes", sandbox, "tasks", task]);
    let events = Route::v1(["sandboxes", sandbox, "tasks", task, "events"]);
    let mut stream = Follow::new(&session.client, events, None);
    loop {
        let event = match stream.next().await? {
            Followed::Event(event) => event,
            Followed::End => return Ok(()),
            // One that was cancelled before it began may have nothing to say.
            Followed::Quiet => match session.client.get(&route).await?.json()["status"].as_str() {
                Some("queued" | "running") => continue,
                _ => return Ok(()),
            },
        };
        let piece: Value = serde_json::from_str(&event.data).unwrap_or_default();
        if session.out.json {
            session.out.raw(event.data.as_bytes());
        } else {
            session.out.write(&said(&piece));
        }
        if piece["type"] == "done" {
            return Ok(());
        }
    }
}

/// A piece of an agent's output for people.
fn said(piece: &Value) -> String {
    let data = &piece["data"];
    let text = |key: &str| data[key].as_str().unwrap_or_default();
    match piece["type"].as_str() {
        Some("message") => clean_block(text("text")),
        Some("tool") => {
            let input =
                data["input"].as_str().map_or_else(|| data["input"].to_string(), str::to_owned);
            let input: String = clean(&input).chars().take(200).collect();
            format!("\n[{} {}] {input}\n", clean(text("tool")), clean(text("status")))
        }
        Some("build") => {
            format!("\n[build {}]\n{}", clean(text("status")), clean_block(text("text")))
        }
        Some("done") => "\n".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_says_is_text_and_what_it_does_is_a_line() {
        let message = json!({ "type": "message", "data": { "text": "Hi\u{1b}[2J\n" } });
        assert_eq!(said(&message), "Hi·[2J\n");
        let tool = json!({
            "type": "tool",
            "data": { "tool": "bash", "status": "completed", "input": { "command": "ls\n" } },
        });
        assert_eq!(said(&tool), "\n[bash completed] {\"command\":\"ls\\n\"}\n");
        assert_eq!(said(&json!({ "type": "status", "data": {} })), "");
    }
}
