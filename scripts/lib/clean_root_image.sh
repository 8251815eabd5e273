# shellcheck shell=bash
# The image of a fresh root: a minimal Debian or Ubuntu. Needs say.sh and hash_inputs.sh; `suite` names the
# release, `DOCKER_HOST` is set.
# shellcheck disable=SC2034,SC2154  # that and the image's name are the caller's

# What a server has that was just installed: systemd, sudo, git and certificates.
readonly CLEAN_PACKAGES=systemd-sysv,dbus,ca-certificates,git,sudo,iproute2
readonly CLEAN_IMAGE=sandboxd-clean-root
readonly UBUNTU=http://archive.ubuntu.com/ubuntu
# Debian has no keys of Ubuntu. The sum is of a package whose key is F6ECB3762474EDA9D21B7022871920D1991BC93C,
# Ubuntu's of 2018.
readonly UBUNTU_KEYS=pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb
readonly UBUNTU_KEYS_SHA256=0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f

# clean_root_image: with this host's certificates, where it has some of its own.
clean_root_image() {
    local inputs scratch
    inputs=$({ echo "$suite $CLEAN_PACKAGES" && hash_inputs /usr/local/share/ca-certificates; } | hash_text)
    clean_image=$CLEAN_IMAGE:$inputs
    ! docker image inspect "$clean_image" >/dev/null 2>&1 || return 0
    say "making a root of $suite"
    scratch=$(mktemp -d)
    case $suite in
    jammy | noble) ubuntu_root ;;
    *) clean_root "$suite" - ;;
    esac | docker import - "$clean_image" >/dev/null
    rm -rf "$scratch"
}

# clean_root <mmdebstrap's further arguments>...: as a tarball on standard output.
# shellcheck disable=SC2016  # mmdebstrap's shell sets $1
clean_root() {
    mmdebstrap --quiet --variant=minbase --include="$CLEAN_PACKAGES" \
        --customize-hook='mkdir -p "$1/usr/local/share" && cp -r /usr/local/share/ca-certificates "$1/usr/local/share/"' \
        --customize-hook='chroot "$1" update-ca-certificates >/dev/null' \
        --customize-hook='echo "Defaults env_keep += NODE_EXTRA_CA_CERTS" >"$1/etc/sudoers.d/certificates"' \
        "$@"
}

ubuntu_root() {
    curl -fsS --max-time 60 -o "$scratch/keys.deb" "$UBUNTU/$UBUNTU_KEYS" || die "$UBUNTU doesn't answer"
    echo "$UBUNTU_KEYS_SHA256  $scratch/keys.deb" | sha256sum --check --quiet >&2 || die "$UBUNTU_KEYS isn't what it was"
    dpkg-deb --extract "$scratch/keys.deb" "$scratch"
    clean_root --keyring="$scratch/usr/share/keyrings/ubuntu-archive-keyring.gpg" --include=apt "$suite" - \
        "deb $UBUNTU $suite main universe" "deb $UBUNTU $suite-updates main universe"
}
