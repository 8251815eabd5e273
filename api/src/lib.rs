//! The API process of sandboxd: the HTTP API and the preview gateway.

mod audit;
pub mod auth;
pub mod backup;
pub mod cli;
mod console;
pub mod gateway;
mod limits;
mod node;
pub mod openapi;
pub mod previews;
pub mod proxies;
mod routes;
pub mod server;
mod uses;
mod view;
mod web;
