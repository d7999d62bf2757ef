#!/usr/bin/env bash
# Copies OpenSSL 1.1 to a folder: .NET Core 3.1, which Aspose.OCR contains, cannot use OpenSSL 3, and Lambda has only that.
# Source: Debian 11's package, either LIBSSL11_DEB or a download by apt from this machine's own mirror with only the suite
# changed. The download uses package lists of its own; the system's lists stay unchanged.
set -euo pipefail

readonly target="$1"
readonly package="libssl1.1=1.1.1w-0+deb11u1"
readonly checksum="aadf8b4b197335645b230c2839b4517aa444fd2e8f434e5438c48a18857988f7"
readonly keyring="/usr/share/keyrings/debian-archive-keyring.gpg"

fail() {
    echo "openssl.sh: $1" >&2
    echo "Download Debian 11's libssl1.1_1.1.1w-0+deb11u1_amd64.deb elsewhere, and build with LIBSSL11_DEB=FILE." >&2
    exit 1
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fetch() {
    command -v apt-get >/dev/null || fail "this machine has no apt"
    local site
    site="$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
        awk '$2 ~ /^(bullseye|bookworm|trixie|forky)$/ {print $1; exit}')"
    [ -n "$site" ] || fail "this machine's apt has no Debian mirror"
    mkdir -p "$work/lists" "$work/cache"
    echo "deb [arch=amd64 signed-by=$keyring] $site bullseye main" >"$work/sources.list"
    local apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=-
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache"
        -o APT::Architecture=amd64 -o APT::Sandbox::User="$(id -un)")
    "${apt[@]}" update || fail "apt could not read Debian 11's list"
    (cd "$work" && "${apt[@]}" download "$package") || fail "apt could not fetch $package"
    mv "$work"/libssl1.1_*.deb "$work/libssl1.1.deb"
}

unpack() { # a .deb is an `ar` archive that contains a tar
    if command -v dpkg-deb >/dev/null; then
        dpkg-deb -x "$work/libssl1.1.deb" "$work/files"
    else
        mkdir "$work/files" && (cd "$work" && ar x libssl1.1.deb && tar -xf data.tar.* -C files)
    fi
}

if [ -n "${LIBSSL11_DEB:-}" ]; then cp "$LIBSSL11_DEB" "$work/libssl1.1.deb"; else fetch; fi
echo "$checksum  $work/libssl1.1.deb" | sha256sum --check --quiet - || fail "the package does not have the pinned checksum"
unpack
cp "$work"/files/usr/lib/x86_64-linux-gnu/lib{ssl,crypto}.so.1.1 "$target/"
