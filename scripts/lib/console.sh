# shellcheck shell=bash
# The console's dependencies and its build. Needs say.sh, install_packages.sh, hash_inputs.sh and
# node.sh; `root` is the repository.
# shellcheck disable=SC2154  # that is the caller's

# What the build depends on. The description of the API goes in as types.
console_inputs() {
    local at=$root/console
    hash_inputs "$at/package.json" "$at/package-lock.json" "$at/src" "$at/public" "$at/index.html" \
        "$at/vite.config.ts" "$at/compress.mjs" "$at/tsconfig.json"
}

# console_packages: what package-lock.json says, and nothing of it runs at installation.
console_packages() {
    local wanted mark=$root/console/node_modules/.sandboxd
    wanted=$(hash_inputs "$root/console/package-lock.json")
    [ "$(cat "$mark" 2>/dev/null)" != "$wanted" ] || return 0
    say "installing the console's packages"
    npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$root/console" >&2 ||
        die "npm ci failed in console/: is its registry reachable?"
    echo "$wanted" >"$mark"
}

# console_build: into console/dist, unless what is there is of these inputs.
console_build() {
    local wanted mark=$root/console/dist/.inputs
    wanted=$(console_inputs)
    [ "$(cat "$mark" 2>/dev/null)" != "$wanted" ] || return 0
    need_node
    console_packages
    say "building the console"
    (cd "$root/console" && npm run --silent build) >&2 || die "the console doesn't build; see above"
    echo "$wanted" >"$mark"
}
