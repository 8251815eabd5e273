# shellcheck shell=bash
# The binaries of the commit before, which the suite `upgrade` begins with. Needs say.sh.

# previous_build <repository>: builds them if they are of another commit, and prints their folder. A
# clone without history has those of its own commit: what is replaced is then equal to what comes.
# They pass through target/debug, so the repository's own are to be built afterwards.
previous_build() {
    local root=$1 folder=$1/target/previous revision
    revision=$(git -C "$root" rev-parse --verify --quiet HEAD~1) || {
        say "no commit before this one is known here: the upgrade is tried with this one twice"
        revision=$(git -C "$root" rev-parse HEAD)
    }
    if [ "$(cat "$folder/revision" 2>/dev/null)" != "$revision" ]; then
        say "building ${revision:0:12}, to upgrade from"
        rm -rf "$folder"
        mkdir -p "$folder/tree"
        git -C "$root" archive "$revision" | tar -x -C "$folder/tree"
        mkdir -p "$folder/tree/console/dist"
        (
            cd "$folder/tree"
            export CARGO_TARGET_DIR=$root/target
            cargo build --quiet --locked -p sandboxd-api -p sandboxd-supervisor
            cargo build --quiet --locked -p sandboxd-worker --features failpoints
        ) || die "${revision:0:12} doesn't build; see above"
        cp "$root"/target/debug/{sandboxd-api,sandboxd-worker,sandbox-init} "$folder/"
        # What the build would find again, but not the binaries' own hard links.
        rm -rf "$folder/tree"
        echo "$revision" >"$folder/revision"
    fi
    echo "$folder"
}
