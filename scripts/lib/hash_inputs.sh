# shellcheck shell=bash
# Names for cached results: a hash of everything that went in.

# hash_inputs <file or folder>...: names, modes and contents; not times, not where it stands.
hash_inputs() {
    local path
    for path in "$@"; do
        [ -e "$path" ] || continue
        tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
            --mode=u=rwX,go=rX --exclude=node_modules \
            -C "$(dirname "$path")" "$(basename "$path")"
    done | hash_text
}

# hash_text: of standard input, short enough for a file name.
hash_text() { sha256sum | cut -c1-24; }
