//! `sandboxctl config`

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::secret;
use crate::client::{Answer, Body, Failure, Route};
use crate::output::{age, text_of};
use crate::session::Session;

/// Config of an app: values that its dev server and its agents get as environment
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List an app's config; secret values are never shown
    #[command(alias = "ls")]
    List {
        /// The app's id or name
        app: String,
    },
    /// Set a value: KEY=VALUE, or KEY alone, whose value is asked for or read from standard input
    Set {
        /// The app's id or name
        app: String,
        #[arg(value_name = "KEY[=VALUE]")]
        entry: String,
        /// Never show it again. Its value is in no argument: all users of this machine see those
        #[arg(long)]
        secret: bool,
        /// Who gets it: the dev server (runtime), agents, both, or nobody; both for a new one
        #[arg(long)]
        access: Option<Access>,
    },
    /// Take a value away
    #[command(alias = "rm")]
    Unset {
        /// The app's id or name
        app: String,
        key: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Access {
    Runtime,
    Agents,
    Both,
    Nobody,
}

impl Access {
    fn policy(self) -> &'static str {
        match self {
            Self::Runtime => "runtime_access",
            Self::Agents => "agent_access",
            Self::Both => "both",
            Self::Nobody => "control_plane_only",
        }
    }
}

impl Config {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let (client, out) = (&session.client, &session.out);
        match self.verb {
            Verb::List { app } => {
                let app = client.find_app_id(&app).await?;
                let answer = client.get(&Route::v1(["apps", &app, "config"])).await?;
                out.list(&answer, "config", &["KEY", "ACCESS", "AGE", "VALUE"], |entry| {
                    let value = text_of(entry, "value");
                    let is_secret = entry["sensitive"] == true;
                    vec![
                        text_of(entry, "key"),
                        text_of(entry, "access_policy"),
                        age(entry["updated_at"].as_str(), out.now),
                        if is_secret { "(secret)".to_owned() } else { value },
                    ]
                });
                Ok(())
            }
            Verb::Set { app, entry, secret, access } => {
                let (key, value) = value(&entry, secret)?;
                let app = client.find_app_id(&app).await?;
                let answer = set(session, &app, &key, &value, secret, access).await?;
                out.show(&answer, |entry| {
                    format!("set {} ({})", text_of(entry, "key"), text_of(entry, "access_policy"))
                });
                Ok(())
            }
            Verb::Unset { app, key } => {
                let app = client.find_app_id(&app).await?;
                check(&key)?;
                let route = Route::v1(["apps", &app, "config", &key]);
                client.send(Method::DELETE, &route, Body::None).await.map(|_| ())
            }
        }
    }
}

/// Key and value of an entry; a secret's value is never taken from an argument.
fn value(entry: &str, is_secret: bool) -> Result<(String, String), Failure> {
    match entry.split_once('=') {
        Some(_) if is_secret => Err(Failure::Usage(
            "a secret isn't given as an argument: give the key alone, and the value when asked, or \
             on standard input"
                .to_owned(),
        )),
        Some((key, value)) => {
            check(key)?;
            Ok((key.to_owned(), value.to_owned()))
        }
        None => {
            check(entry)?;
            Ok((entry.to_owned(), secret::read(entry)?))
        }
    }
}

/// A key becomes part of a path: one that the API wouldn't take isn't sent.
fn check(key: &str) -> Result<(), Failure> {
    let legal = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    let begins = |char: char| char.is_ascii_alphabetic() || char == '_';
    if key.starts_with(begins) && key.chars().all(legal) {
        return Ok(());
    }
    let rule = "a key begins with a letter or _ and has letters, digits, _, . and -";
    Err(Failure::Usage(format!("{key:?}: {rule}")))
}

/// Adds an entry, or changes the one there is.
async fn set(
    session: &Session,
    app: &str,
    key: &str,
    value: &str,
    is_secret: bool,
    access: Option<Access>,
) -> Result<Answer, Failure> {
    let policy = access.unwrap_or(Access::Both).policy();
    let new: Value =
        json!({ "key": key, "value": value, "sensitive": is_secret, "access_policy": policy });
    match session.client.post(&Route::v1(["apps", app, "config"]), new).await {
        Err(Failure::Refused(refusal)) if refusal.code == "conflict" => {}
        done => return done,
    }
    let mut change = json!({ "value": value });
    // What is secret stays so unless it is taken away first.
    if is_secret {
        change["sensitive"] = true.into();
    }
    if let Some(access) = access {
        change["access_policy"] = access.policy().into();
    }
    let route = Route::v1(["apps", app, "config", key]);
    session.client.send(Method::PATCH, &route, Body::Json(change)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_argument() {
        assert_eq!(value("KEY=s3cret", true).unwrap_err().exit_code(), 2);
        let plain = ("PORT".to_owned(), "3000=".to_owned());
        assert_eq!(value("PORT=3000=", false).unwrap(), plain);
    }

    #[test]
    fn a_key_that_is_none_is_not_sent() {
        for key in ["", "..", "a/b", "1a", "a b", ".a"] {
            assert!(check(key).is_err(), "{key}");
        }
        for key in ["A", "_a.b-c", "npm_TOKEN2"] {
            assert!(check(key).is_ok(), "{key}");
        }
    }
}
