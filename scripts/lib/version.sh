# shellcheck shell=bash
# Which sandboxd this is. `root` is the repository or an unpacked release.
# shellcheck disable=SC2154  # that is the caller's

# is_release: whether the programs are there already, since this is an unpacked release.
is_release() { [ -x "$root/bin/sandboxd-api" ]; }

release_version() {
    cat "$root/VERSION" 2>/dev/null ||
        sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml"
}
