//! What only a real engine can show.

mod cut_off;
mod hardening;
mod network;
mod once;
mod overlay;
mod times;
