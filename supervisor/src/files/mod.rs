//! The app folder's files, for a caller who trusts nothing in it.
//!
//! Every path is resolved by the kernel beneath a descriptor of the app folder; every tree is
//! walked a level at a time, with bounded memory and descriptors, following no link.

mod app_path;
mod archive;
mod descent;
mod export;
mod fault;
mod home;
mod list;
mod names;
mod read;
mod remove;
mod tree;
mod uploads;
mod write;

pub(crate) use app_path::AppPath;
pub(crate) use fault::fault;
pub(crate) use home::Home;
pub(crate) use uploads::sweep;
pub(crate) use {export::export, list::MAX_ENTRIES, list::list, read::read};
pub(crate) use {names::scan, remove::remove_all};
pub(crate) use {remove::remove, write::write};
