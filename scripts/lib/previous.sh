# shellcheck shell=bash
# The binaries of the commit before, which the suite `upgrade` begins with. Needs say.sh.

# previous_build <repository>: builds them if they are of another commit, and prints their folder. A
# clone without history has those of what is here: what is replaced is then equal to what comes. They
# pass through target/debug, so the repository's own are to be built afterwards.
previous_build() {
    local root=$1 folder=$1/target/previous revision
    if ! revision=$(git -C "$root" rev-parse --verify --quiet HEAD~1 2>/dev/null); then
        say "no commit before this one is known here: the upgrade is tried with this one twice"
        revision=here
    fi
    if [ "$revision" = here ] || [ "$(cat "$folder/revision" 2>/dev/null)" != "$revision" ]; then
        say "building ${revision:0:12}, to upgrade from"
        rm -rf "$folder"
        mkdir -p "$folder/tree"
        previous_source "$root" "$revision" | tar -x -C "$folder/tree"
        mkdir -p "$folder/tree/console/dist"
        (
            cd "$folder/tree"
            export CARGO_TARGET_DIR=$root/target
            cargo build --quiet --locked -p sandboxd-api -p sandboxd-supervisor
            cargo build --quiet --locked -p sandboxd-worker --features failpoints
        ) || die "${revision:0:12} doesn't build; see above"
        cp "$root"/target/debug/{sandboxd-api,sandboxd-worker,sandbox-init} "$folder/"
        rm -rf "$folder/tree"
        echo "$revision" >"$folder/revision"
    fi
    echo "$folder"
}

# previous_source <repository> <revision>: its files as a tarball on standard output.
previous_source() {
    if [ "$2" = here ]; then
        tar -c -C "$1" --exclude ./target --exclude ./.cache --exclude ./.git --exclude node_modules .
    else
        git -C "$1" archive "$2"
    fi
}
