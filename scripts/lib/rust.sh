# shellcheck shell=bash
# The Rust toolchain. Needs say.sh.

need_rust() {
    # Where rustup puts it, which a fresh shell may not know yet.
    [ ! -d "$HOME/.cargo/bin" ] || PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null ||
        die "Rust is missing: install rustup as its site says, then run this again"
}
