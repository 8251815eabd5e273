# shellcheck shell=bash
# The coding agents of the image, a layer each. Needs say.sh, hash_inputs.sh and image_archive.sh;
# `root` is the repository, `scratch` a folder on the image cache's disk.
# shellcheck disable=SC2154  # those two are the caller's

# Where agents stand in the image, and in which order.
readonly AGENTS_FOLDER=opt/sandboxd/agents
readonly AGENTS_KNOWN=(opencode claude-code codex gemini)

# agents_wanted <names>: those of the known ones, a line each, in their order.
agents_wanted() {
    local name
    for name in $1; do
        [[ " ${AGENTS_KNOWN[*]} " = *" $name "* ]] ||
            die "SANDBOXD_AGENTS names $name; there are: ${AGENTS_KNOWN[*]}"
    done
    for name in "${AGENTS_KNOWN[@]}"; do
        [[ " $1 " != *" $name "* ]] || echo "$name"
    done
}

# agent_program <agent>: the program's name, and what it is in the agent's folder.
agent_program() {
    case $1 in
    opencode) echo opencode launch ;;
    claude-code) echo claude node_modules/@anthropic-ai/claude-code-linux-x64/claude ;;
    codex) echo codex node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex ;;
    gemini) echo gemini node_modules/@google/gemini-cli/bundle/gemini.js ;;
    esac
}

# agent_hash <agent>
agent_hash() { { hash_inputs "$root/supervisor/image/agents/$1" && agent_program "$1"; } | hash_text; }

# agent_build <agent> <tarball>
agent_build() {
    local stage folder program file
    read -r program file < <(agent_program "$1")
    say "installing the agent $1"
    stage=$(mktemp -d "$scratch/agent.XXXXXX")
    folder=$stage/$AGENTS_FOLDER/$1
    mkdir -p "$stage/$AGENTS_FOLDER" "$stage/usr/local/bin"
    cp -r "$root/supervisor/image/agents/$1" "$folder"
    # The lockfile holds the hash of each package; no package's script runs here.
    npm ci --silent --ignore-scripts --omit=optional --no-audit --no-fund \
        --omit-lockfile-registry-resolved --os=linux --cpu=x64 --libc=glibc --prefix "$folder" >&2 ||
        die "npm ci failed for the agent $1: is its registry reachable?"
    [ -x "$folder/$file" ] || die "the agent $1 has no program $file"
    ln -s "/$AGENTS_FOLDER/$1/$file" "$stage/usr/local/bin/$program"
    layer "$stage" "$2" "$AGENTS_FOLDER/$1" "usr/local/bin/$program"
    rm -rf "$stage"
}
