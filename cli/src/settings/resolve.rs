//! Which installation, and which token for it.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

use super::{Context, Environment, File};
use crate::client::{Connection, Failure};

/// Where `sandboxd-api` listens unless it is told.
const DEFAULT_URL: &str = "http://127.0.0.1:9090";

/// What options say, or variables.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The name of a context.
    pub context: Option<String>,
    /// The API's address.
    pub url: Option<String>,
    /// A file that has the token.
    pub token_file: Option<PathBuf>,
}

/// Where to send requests, and as whom: options win over variables, and those over contexts.
///
/// # Errors
/// If what is given can't be used.
pub fn resolve(
    given: &Given,
    environment: &Environment,
    file: &File,
) -> Result<Connection, Failure> {
    let variables = &environment.given;
    let name = given.context.as_ref().or(variables.context.as_ref()).or(file.current.as_ref());
    let context = name.map(|name| find(file, name)).transpose()?;
    let text = given.url.as_deref().or(variables.url.as_deref());
    let text = text.or(context.map(|context| context.url.as_str()));
    let url = parse_url(text.unwrap_or(DEFAULT_URL))?;
    // A context's token is for its own address: whoever names another may not want it sent there.
    let own = context.filter(|context| parse_url(&context.url).is_ok_and(|its| its == url));
    let token = if let Some(path) = &given.token_file {
        Some(read_token(path)?)
    } else if let Some(token) = &environment.token {
        Some(token.clone())
    } else if let Some(path) = &variables.token_file {
        Some(read_token(path)?)
    } else {
        own.map(of_context).transpose()?.flatten()
    };
    Ok(Connection { url, token })
}

fn of_context(context: &Context) -> Result<Option<SecretString>, Failure> {
    match (&context.token, &context.token_file) {
        (Some(token), _) => Ok(Some(token.clone().into())),
        (None, Some(path)) => read_token(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn find<'a>(file: &'a File, name: &str) -> Result<&'a Context, Failure> {
    let missing =
        || Failure::Usage(format!("there is no context {name}; see `sandboxctl contexts list`"));
    file.contexts.get(name).ok_or_else(missing)
}

/// An address that requests can be sent to.
pub(crate) fn parse_url(text: &str) -> Result<Url, Failure> {
    let wrong = |what: &str| Failure::Usage(format!("the address {text:?} {what}"));
    let url: Url = text.parse().map_err(|_| wrong("is no URL, such as http://127.0.0.1:9090"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("must be http:// or https:// with a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not have credentials; give a token"));
    }
    Ok(url)
}

fn read_token(path: &Path) -> Result<SecretString, Failure> {
    let text = fs::read_to_string(path)
        .map_err(Failure::io(format!("the token's file {}", path.display())))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(Failure::Usage(format!("the token's file {} is empty", path.display())));
    }
    Ok(token.to_owned().into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret;

    use super::*;

    fn file() -> File {
        let context = Context {
            url: "https://prod.example".into(),
            token: Some("of-context".into()),
            token_file: None,
        };
        File {
            current: Some("prod".into()),
            contexts: BTreeMap::from([("prod".to_owned(), context)]),
        }
    }

    fn token(connection: &Connection) -> Option<String> {
        connection.token.as_ref().map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn without_anything_it_is_the_local_api() {
        let found = resolve(&Given::default(), &Environment::default(), &File::default()).unwrap();
        assert_eq!(found.url.as_str(), "http://127.0.0.1:9090/");
        assert_eq!(token(&found), None);
    }

    #[test]
    fn options_win_over_the_environment_and_that_over_contexts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "of-file\n").unwrap();
        let environment = Environment { token: Some("of-env".into()), ..Environment::default() };
        let given = Given { token_file: Some(path), ..Given::default() };
        let none = Environment::default();
        for (given, environment, wanted) in [
            (&given, &environment, "of-file"),
            (&Given::default(), &environment, "of-env"),
            (&Given::default(), &none, "of-context"),
        ] {
            let found = resolve(given, environment, &file()).unwrap();
            assert_eq!(found.url.as_str(), "https://prod.example/");
            assert_eq!(token(&found).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn a_contexts_token_goes_nowhere_else() {
        let given = Given { url: Some("https://other.example".into()), ..Given::default() };
        let found = resolve(&given, &Environment::default(), &file()).unwrap();
        assert_eq!(token(&found), None);
        let same = Given { url: Some("https://prod.example/".into()), ..Given::default() };
        let found = resolve(&same, &Environment::default(), &file()).unwrap();
        assert_eq!(token(&found).as_deref(), Some("of-context"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for url in ["ftp://h", "h:9090", "http://", "http://user:secret@h"] {
            assert_eq!(parse_url(url).unwrap_err().exit_code(), 2, "{url}");
        }
        let given = Given { context: Some("none".into()), ..Given::default() };
        let said = resolve(&given, &Environment::default(), &file()).unwrap_err();
        assert!(said.to_string().contains("no context none"), "{said}");
    }
}
