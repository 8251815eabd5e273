# shellcheck shell=bash
# The programs of a release. Needs say.sh, rust.sh and console.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

readonly RELEASE_TARGET=x86_64-unknown-linux-gnu
readonly RELEASE_PROGRAMS=(sandboxd-api sandboxd-worker sandboxctl)

# release_flags: paths of this host, and what only debuggers read, stay out of programs.
release_flags() {
    local home=${CARGO_HOME:-$HOME/.cargo}
    echo "-C strip=debuginfo --remap-path-prefix=$root=/src --remap-path-prefix=$home=/cargo"
}

# release_cargo <target folder> <further flags> <argument>...: of C sources (SQLite) as well.
release_cargo() {
    local target=$1 flags=$2 home=${CARGO_HOME:-$HOME/.cargo}
    shift 2
    CARGO_TARGET_DIR=$target RUSTFLAGS="$flags $(release_flags)" CARGO_INCREMENTAL=0 \
        CFLAGS="-g0 -ffile-prefix-map=$root=/src -ffile-prefix-map=$home=/cargo" \
        cargo build --quiet --locked --release --target "$RELEASE_TARGET" "$@" ||
        die "the release doesn't build; see above"
}

# build_programs <folder>. Their target folders are their own: other flags build all anew.
build_programs() {
    local program
    need_rust
    console_build
    say "building the programs (all of it, with flags of its own)"
    release_cargo "$root/target/release-build" '' -p sandboxd-api -p sandboxd-worker -p sandboxd-cli
    # It runs in any image, so it needs no library.
    release_cargo "$root/target/release-build-static" '-C target-feature=+crt-static' -p sandboxd-supervisor
    install -d "$1"
    for program in "${RELEASE_PROGRAMS[@]}"; do
        install -m 0755 "$root/target/release-build/$RELEASE_TARGET/release/$program" "$1/"
    done
    install -m 0755 "$root/target/release-build-static/$RELEASE_TARGET/release/sandbox-init" "$1/"
    refuse_own_paths "$1"
}

# refuse_own_paths <folder>: what names a folder of this host is not the same elsewhere.
refuse_own_paths() {
    local program place
    for program in "$1"/*; do
        for place in "$root/" "${CARGO_HOME:-$HOME/.cargo}/"; do
            ! grep -q -a -F -- "$place" "$program" || die "${program##*/} names $place"
        done
    done
}

# check_programs <folder>: a clone in another folder, built from nothing, gives the same bytes.
check_programs() {
    local work program
    work=$(mktemp -d -p /var/tmp)
    say "building the programs once more, in $work"
    git clone --quiet "$root" "$work/another/place"
    "$work/another/place/scripts/release" --programs "$work/bin"
    for program in "$1"/*; do
        cmp "$program" "$work/bin/${program##*/}" || die "${program##*/} is another one when it is built in another folder"
    done
    rm -rf "$work"
    say "built in two folders: the same bytes"
}
