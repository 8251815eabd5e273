//! What only a real engine can show.

mod hardening;
mod network;
mod overlay;
mod times;
