# shellcheck shell=bash
# The templates with their dependencies, as a layer. Needs say.sh and hash_inputs.sh; `root` is the
# repository, `cache` the image cache, `scratch` a folder on the same disk.
# shellcheck disable=SC2154  # those three are the caller's

# What installed the dependencies of an earlier version of this script, with any Node, may lack some.
readonly INSTALLED_BY="Node 20.19 or newer"

templates_hash() {
    {
        echo "$INSTALLED_BY"
        hash_inputs "$root/supervisor/image/templates" "$root/supervisor/image/serve_static.py"
    } | hash_text
}

# templates_build <tarball>
templates_build() {
    local stage template modules
    stage=$(mktemp -d "$scratch/templates.XXXXXX")
    mkdir -p "$stage/opt/sandboxd"
    cp "$root/supervisor/image/serve_static.py" "$stage/opt/sandboxd/"
    cp -r "$root/supervisor/image/templates" "$stage/opt/sandboxd/"
    for template in "$stage"/opt/sandboxd/templates/*/; do
        rm -rf "$template/node_modules"
        [ -f "$template/package-lock.json" ] || continue
        modules=$(template_modules "$template")
        cp -r "$modules" "$template/node_modules"
    done
    layer "$stage" "$1" opt
}

# template_modules <template>: the folder with its installed dependencies, cached by what locks them.
template_modules() {
    local store work
    store=$cache/modules-$({ echo "$INSTALLED_BY" && hash_inputs "$1/package.json" "$1/package-lock.json"; } | hash_text)
    if [ ! -d "$store" ]; then
        say "installing the dependencies of template $(basename "$1")"
        work=$(mktemp -d "$scratch/modules.XXXXXX")
        cp "$1/package.json" "$1/package-lock.json" "$work/"
        # For the image, whatever this host is; no package's script runs here.
        npm ci --silent --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved \
            --os=linux --cpu=x64 --libc=glibc --prefix "$work" >&2 ||
            die "npm ci failed in template $(basename "$1"): is its registry reachable?"
        mv -T "$work/node_modules" "$store"
    fi
    touch "$store"
    echo "$store"
}
