# shellcheck shell=bash
# The Rust toolchain. Needs say.sh.

need_rust() {
    local home
    # Where rustup puts it, which a fresh shell may not know yet; under sudo, for who called it.
    for home in "$HOME" "$(getent passwd "${SUDO_USER:-root}" | cut -d: -f6)"; do
        [ -x "$home/.cargo/bin/cargo" ] || continue
        PATH=$home/.cargo/bin:$PATH
        [ "$home" = "$HOME" ] || export RUSTUP_HOME=${RUSTUP_HOME:-$home/.rustup}
        break
    done
    command -v cargo >/dev/null ||
        die "Rust is missing: install rustup as its site says, then run this again"
}
