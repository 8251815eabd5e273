# shellcheck shell=bash
# What a release is made of, as CycloneDX. Needs say.sh, rust.sh and console.sh; `root` is the
# repository.
# shellcheck disable=SC2154  # that is the caller's

readonly CYCLONEDX_VERSION=0.5.9
# Those that programs are made from.
readonly SBOM_CRATES=(api worker supervisor cli)

need_cyclonedx() {
    [ "$(cargo cyclonedx --version 2>/dev/null)" != "cargo-cyclonedx-cyclonedx $CYCLONEDX_VERSION" ] || return 0
    say "installing cargo-cyclonedx $CYCLONEDX_VERSION"
    cargo install --quiet --locked "cargo-cyclonedx@$CYCLONEDX_VERSION" ||
        die "cargo-cyclonedx doesn't install; see above"
}

# write_sboms <folder>: a document a program, and one of the console in it. Numbers and times that
# differ between runs are taken out: nothing refers to them.
write_sboms() {
    local crate
    need_cyclonedx
    install_packages jq=jq
    mkdir -p "$1"
    # It writes one into each crate's folder.
    cargo cyclonedx --quiet --manifest-path "$root/Cargo.toml" --format json --spec-version 1.5 \
        --target x86_64-unknown-linux-gnu --override-filename .sbom
    for crate in "${SBOM_CRATES[@]}"; do sbom_settled <"$root/$crate/.sbom.json" >"$1/$crate.cdx.json"; done
    rm "$root"/*/.sbom.json
    (cd "$root/console" && npm sbom --sbom-format cyclonedx --omit dev) | sbom_settled >"$1/console.cdx.json"
}

# sbom_settled: without this host's paths, too.
sbom_settled() {
    jq --arg root "file://$root" --sort-keys \
        'del(.serialNumber, .metadata.timestamp) | walk(if type == "string" then gsub($root; "file:///src") else . end)'
}
