//! Tells cargo that the binary carries the console's files.

fn main() {
    // The folder is always there; scripts/console fills it.
    println!("cargo::rerun-if-changed=../console/dist");
}
