//! Programs that a caller runs in the sandbox, beside the dev server.

mod child;
mod command;
mod input;
mod output;
mod program;
mod session;
mod start;

use std::sync::Arc;

use crate::children::Children;
use crate::config::Config;

pub(crate) use child::Child;
pub(crate) use program::{Bounds, Program, Size, check_variable};
pub(crate) use session::Session;
pub(crate) use start::{Unattended, start};

/// What it takes to run one.
pub(crate) struct Programs {
    pub(crate) config: Config,
    pub(crate) children: Arc<Children>,
}
