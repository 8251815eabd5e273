//! Sandboxes.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod exec;
mod exec_stream;
mod exec_whole;
pub(crate) mod export;
pub(crate) mod file_content;
pub(crate) mod files;
pub(crate) mod get;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod start;
pub(crate) mod stop;
pub(super) mod stream;
pub(crate) mod terminal;
pub(crate) mod update;

use sandboxd_shared::domain::{Template, Visibility};

/// What a new sandbox is seeded with unless the request says.
pub(crate) const TEMPLATE_DEFAULT: Template = Template::ReactStandard;
/// Who may see a new sandbox's previews unless the request says.
pub(crate) const VISIBILITY_DEFAULT: Visibility = Visibility::Public;
