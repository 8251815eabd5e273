# shellcheck shell=bash
# The slow part of the image: Debian with the tools of a sandbox, as a tarball. Needs say.sh,
# install_packages.sh and hash_inputs.sh; `root` is the repository, `fast` a scratch
# folder, in memory where there is some.
# shellcheck disable=SC2154  # those two are the caller's

readonly BASE_IMAGE=debian:bookworm-slim DEBIAN_SUITE=bookworm
# Where there is no registry the pull hangs or fails; either way the other path is near.
readonly PULL_TIMEOUT=20

# The folders that may hold certificates of this site.
rootfs_certificates() {
    find "$root/supervisor/image/certs" /usr/local/share/ca-certificates -name '*.crt' 2>/dev/null |
        sort
}

rootfs_hash() {
    local certs
    mapfile -t certs < <(rootfs_certificates)
    {
        echo "$DEBIAN_SUITE"
        hash_inputs "$root/supervisor/image/provision.sh" "$root/supervisor/image/packages.txt" \
            "${certs[@]}"
    } | hash_text
}

# rootfs_build <tarball>
rootfs_build() {
    local work
    work=$(mktemp -d "$fast/rootfs.XXXXXX")
    rootfs_inputs "$work/inputs"
    if timeout "$PULL_TIMEOUT" docker pull -q "$BASE_IMAGE" >/dev/null 2>&1; then
        rootfs_from_registry "$work/inputs" "$1.partial"
    else
        say "no registry answers; building the root with mmdebstrap (about half a minute)"
        rootfs_from_mmdebstrap "$work/inputs" "$1.partial"
    fi
    mv "$1.partial" "$1"
}

# rootfs_inputs <folder>: what provision.sh wants, and itself.
rootfs_inputs() {
    local file package version sum cert
    mkdir -p "$1/packages" "$1/certs"
    cp "$root/supervisor/image/provision.sh" "$root/supervisor/image/Dockerfile" "$1/"
    while read -r cert; do cp "$cert" "$1/certs/"; done < <(rootfs_certificates)
    while read -r file package version sum; do
        [ "${file:0:1}" != '#' ] || continue
        say "fetching $package $version"
        (cd "$1/packages" && npm pack --silent "$package@$version" >/dev/null &&
            mv "$package-$version.tgz" "$file.tgz") ||
            die "npm couldn't fetch $package@$version: is its registry reachable?"
        echo "$sum  $1/packages/$file.tgz" | sha256sum --check --quiet ||
            die "$package@$version isn't what supervisor/image/packages.txt says; don't use it"
    done <"$root/supervisor/image/packages.txt"
}

rootfs_from_registry() {
    local image container log=${2%.partial}.log
    say "building the root from $BASE_IMAGE"
    docker build --iidfile "$fast/image-id" --build-arg BASE="$BASE_IMAGE" "$1" >"$log" 2>&1 ||
        die "docker build failed; see $log"
    image=$(cat "$fast/image-id")
    container=$(docker create "$image" true)
    docker export -o "$2" "$container"
    docker rm "$container" >/dev/null
    docker rmi "$image" >/dev/null
}

rootfs_from_mmdebstrap() {
    local log=${2%.partial}.log
    [ "$(id -u)" = 0 ] || die "without a registry the image needs root for mmdebstrap; use sudo"
    install_packages mmdebstrap=mmdebstrap
    # shellcheck disable=SC2016  # mmdebstrap's shell sets $1
    TMPDIR=$fast INPUTS=$1 mmdebstrap --variant=minbase \
        --customize-hook='cp -r "$INPUTS" "$1/tmp/provision"' \
        --customize-hook='chroot "$1" sh /tmp/provision/provision.sh /tmp/provision' \
        --customize-hook='rm -rf "$1/tmp/provision"' \
        "$DEBIAN_SUITE" - >"$2" 2>"$log" || die "mmdebstrap failed; see $log"
}
