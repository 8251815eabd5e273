//! Where the suites find what they need; set by scripts/test.

use std::path::PathBuf;

/// What scripts/test gives.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The engine's socket.
    pub docker: PathBuf,
    /// The folder of the binaries under test.
    pub bins: PathBuf,
    /// Where installations keep their data; an ordinary disk, with a short path.
    pub scratch: PathBuf,
}

impl Settings {
    /// The binaries of the version before, from `SANDBOXD_TEST_PREVIOUS`.
    ///
    /// # Panics
    /// If there are none: the suite is never skipped silently.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the suites' one place that reads the environment"
    )]
    pub fn previous() -> PathBuf {
        let folder = std::env::var_os("SANDBOXD_TEST_PREVIOUS").unwrap_or_else(|| {
            panic!("SANDBOXD_TEST_PREVIOUS isn't set: run this through scripts/test")
        });
        PathBuf::from(folder)
    }

    /// Reads `SANDBOXD_TEST_DOCKER`, and finds the binaries beside this one.
    ///
    /// # Panics
    /// If there is no engine: these suites are never skipped silently.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the suites' one place that reads the environment"
    )]
    pub fn get() -> Self {
        let docker = std::env::var_os("SANDBOXD_TEST_DOCKER").unwrap_or_else(|| {
            panic!("SANDBOXD_TEST_DOCKER isn't set: run this through scripts/test")
        });
        let docker = PathBuf::from(docker.to_string_lossy().trim_start_matches("unix://"));
        let own = std::env::current_exe().expect("invariant: a test knows its own path");
        let bins = own
            .ancestors()
            .find(|folder| folder.join("sandboxd-api").is_file())
            .unwrap_or_else(|| panic!("sandboxd-api is not beside {}: cargo build", own.display()))
            .to_owned();
        Self { docker, bins, scratch: PathBuf::from("/var/tmp") }
    }
}
