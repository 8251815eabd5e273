# shellcheck shell=bash
# The tarball of a release. Needs say.sh and version.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# What a release has besides programs: units, examples for proxies, how to install and remove, and
# what the sandboxes' image is made of.
readonly RELEASE_FILES=(LICENSE compose.yaml deploy docs/install.md docs/install-compose.md
    docs/configuration.md scripts/install.sh scripts/uninstall.sh scripts/image scripts/bases
    scripts/compose scripts/prebuilt scripts/demo scripts/lib supervisor/image)

# gather_release <folder>: beside its bin.
gather_release() {
    local file
    for file in "${RELEASE_FILES[@]}"; do
        git ls-files -z -- "$file"
    done | tar --create --null --files-from=- | tar --extract --directory "$1"
    release_version >"$1/VERSION"
}

# sum_files <folder>
sum_files() {
    local sums
    rm -f "$1/SHA256SUMS"
    sums=$(cd "$1" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum)
    echo "$sums" >"$1/SHA256SUMS"
}

# pack <folder> <tarball>: names in one order, no times, owners or umask of this host.
pack() {
    tar --create --sort=name --format=ustar --mtime="@${SOURCE_DATE_EPOCH:?}" --owner=0 --group=0 \
        --numeric-owner --mode=u=rwX,go=rX --directory "$(dirname "$1")" "$(basename "$1")" |
        gzip --no-name --best >"$2"
}

# check_packing <folder> <tarball>: a copy made in another order, with other times and modes, gives
# the same bytes.
check_packing() {
    local work
    work=$(mktemp -d)
    find "$1" -type f -printf '%P\n' | sort -r |
        tar --create --directory "$1" --files-from=- |
        (umask 077 && mkdir "$work/$(basename "$1")" && tar --extract --touch --directory "$work/$(basename "$1")")
    pack "$work/$(basename "$1")" "$work/again.tar.gz"
    cmp "$2" "$work/again.tar.gz" || die "packing the same files twice gives two tarballs"
    rm -rf "$work"
    say "packed twice: the same bytes"
}
