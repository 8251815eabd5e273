# shellcheck shell=bash
# An installation as containers, by compose.yaml. Needs say.sh, version.sh, settings_file.sh,
# compose.sh and installation.sh; `root` is the repository or an unpacked release, `home` where what
# runs later goes.
# shellcheck disable=SC2154  # those are the caller's

readonly COMPOSE_PROJECT=sandboxd

# run_compose <folder of compose.yaml> <argument>...: with the installation's settings.
run_compose() {
    "${compose[@]}" --project-name "$COMPOSE_PROJECT" --env-file "$settings" --file "$1/compose.yaml" \
        --project-directory "$1" "${@:2}"
}

# compose_prepare: the images. A release has the programs; a clone builds them in an image.
compose_prepare() {
    local bases=() made
    compose_command
    use_buildkit
    keep_setting SANDBOXD_EDGE_ADDRESS "$(setting SANDBOXD_EDGE_BIND | sed 's/:[0-9]*$//')"
    if is_release; then
        scripts/prebuilt "$root/bin" "$root/bin/sandbox-init"
        export SANDBOXD_BINARIES=prebuilt
        [ -z "${SANDBOXD_IMAGE_ARCHIVE:-}" ] || bases=(runtime)
    fi
    export SANDBOXD_IMAGE_AGENTS=${SANDBOXD_AGENTS:-opencode}
    made=$(scripts/bases "${bases[@]}") || die "there is neither a registry nor what stands in for it; see above"
    eval "$made"
    say "building the images (the first time takes some minutes)"
    if [ -n "${SANDBOXD_IMAGE_ARCHIVE:-}" ]; then
        need_image
        run_compose "$root" build api worker >&2 || die "the images don't build; see above"
    else
        run_compose "$root" build >&2 || die "the images don't build; see above"
    fi
}

compose_install() {
    install -D -m 0644 "$root/compose.yaml" "$home/compose.yaml"
    say "starting the containers"
    run_compose "$home" up --detach --no-build --remove-orphans >&2 || die "the containers don't start; see above"
}

compose_uninstall() {
    [ -f "$home/compose.yaml" ] || return 0
    compose_command
    # Workers that run put the rules back.
    run_compose "$home" stop >/dev/null 2>&1 || true
    run_compose "$home" run --rm --no-deps worker --remove-firewall >/dev/null 2>&1 ||
        say "the firewall rules are still there; restart the host or run iptables by hand"
    run_compose "$home" down --remove-orphans >&2
    [ "$purge" = false ] || docker images --format '{{.Repository}}:{{.Tag}}' \
        --filter reference=sandboxd-api --filter reference=sandboxd-worker --filter "reference=sandboxd-*-base" |
        xargs -r -n 1 docker rmi >/dev/null 2>&1 || true
}

compose_logs() { echo "docker ps, docker logs sandboxd-api-1"; }
