# shellcheck shell=bash
# Layers and the archive that `docker load` takes (Docker Image Specification v1.2), made without
# an engine: the same inputs give the same bytes. `scratch` is a folder on the layers' disk.
# shellcheck disable=SC2154  # which is the caller's

# layer <folder> <tarball> <path below the folder>...: root-owned, world-readable, reproducible.
layer() {
    local folder=$1 tarball=$2
    shift 2
    tar --create --file "$tarball.partial" --sort=name --mtime=@0 --owner=0 --group=0 \
        --numeric-owner --mode=u=rwX,go=rX -C "$folder" "$@"
    mv "$tarball.partial" "$tarball"
}

# image_archive <archive> <name:tag> <inputs> <agents> <layer>...: an image of these layers, lowest
# first. Labels say what went in, and which agents are there.
image_archive() {
    local archive=$1 tag=$2 inputs=$3 agents=$4 stage config diff_ids names
    shift 4
    stage=$(mktemp -d "$scratch/archive.XXXXXX")
    ln "$@" "$stage/"
    diff_ids=$(cd "$stage" && sha256sum -- "${@##*/}" | sed 's/^\([0-9a-f]*\).*/"sha256:\1"/' | paste -sd,)
    names=$(printf '"%s"\n' "${@##*/}" | paste -sd,)
    cat >"$stage/config" <<JSON
{"architecture":"amd64","os":"linux","created":"1970-01-01T00:00:00Z",
"config":{"User":"1000:1000","WorkingDir":"/home/sandbox",
"Entrypoint":["/usr/local/bin/sandbox-init"],
"Env":["PATH=/usr/local/bin:/usr/bin:/bin","HOME=/home/sandbox","LANG=C.UTF-8",
"NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"],
"Labels":{"sandboxd.inputs":"$inputs","sandboxd.agents":"$agents"}},
"rootfs":{"type":"layers","diff_ids":[$diff_ids]}}
JSON
    config=$(sha256sum <"$stage/config" | cut -d' ' -f1).json
    mv "$stage/config" "$stage/$config"
    printf '[{"Config":"%s","RepoTags":["%s"],"Layers":[%s]}]' "$config" "$tag" "$names" \
        >"$stage/manifest.json"
    tar --create --file "$archive.partial" --owner=0 --group=0 --numeric-owner \
        -C "$stage" manifest.json "$config" "${@##*/}"
    mv "$archive.partial" "$archive"
}
