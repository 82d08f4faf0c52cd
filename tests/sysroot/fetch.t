#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Fetching a source package from a small archive on this machine, which an imitated apt configuration names in each of
# apt's two formats.
set -u
command -v apt-get >/dev/null && command -v gzip >/dev/null || {
    echo "1..0 # SKIP this is not a Debian system"
    exit 0
}
number=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=$work/archive

check() {
    number=$((number + 1))
    if [ "$2" = 0 ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$work/output"
    fi
}

describe() {
    (cd "$archive" && for file in musl_9.9.orig.tar.gz musl_9.9-1.debian.tar.gz; do
        echo " $("$1" "$file" | cut -d' ' -f1) $(wc -c <"$file") $file"
    done)
}

# The description and the index have the same fields, but for the name of the first and the description's own hash.
fields() {
    echo "Binary: musl"
    echo "Version: 9.9-1"
    echo "Format: 3.0 (quilt)"
    echo "Architecture: any"
    echo "Maintainer: Nobody <nobody@localhost>"
}

make_archive() {
    mkdir -p "$archive/dists/stable/main/source" "$work/musl-9.9" "$work/debian/source"
    echo 9.9 >"$work/musl-9.9/VERSION"
    echo '3.0 (quilt)' >"$work/debian/source/format"
    tar -czf "$archive/musl_9.9.orig.tar.gz" -C "$work" musl-9.9
    tar -czf "$archive/musl_9.9-1.debian.tar.gz" -C "$work" debian
    {
        echo "Source: musl"
        fields
        echo "Checksums-Sha256:"
        describe sha256sum
        echo "Files:"
        describe md5sum
    } >"$archive/musl_9.9-1.dsc"
    {
        echo "Package: musl"
        fields
        echo "Directory: ."
        echo "Checksums-Sha256:"
        describe sha256sum
        (cd "$archive" && echo " $(sha256sum musl_9.9-1.dsc | cut -d' ' -f1) $(wc -c <musl_9.9-1.dsc) musl_9.9-1.dsc")
        echo "Files:"
        describe md5sum
        (cd "$archive" && echo " $(md5sum musl_9.9-1.dsc | cut -d' ' -f1) $(wc -c <musl_9.9-1.dsc) musl_9.9-1.dsc")
        echo
    } >"$archive/dists/stable/main/source/Sources"
    index=main/source/Sources
    {
        echo "Suite: stable"
        echo "Codename: stable"
        echo "Components: main"
        echo "Architectures: amd64"
        echo "Date: $(date -u '+%a, %d %b %Y %H:%M:%S UTC')"
        echo "SHA256:"
        echo " $(sha256sum <"$archive/dists/stable/$index" | cut -d' ' -f1) $(wc -c <"$archive/dists/stable/$index") $index"
    } >"$archive/dists/stable/Release"
}

# An empty configuration folder that apt takes for the system's.
new_configuration() {
    rm -rf "$work/etc" "$work/out"
    mkdir -p "$work/etc/sources.list.d" "$work/etc/apt.conf.d" "$work/etc/preferences.d" "$work/etc/trusted.gpg.d"
    printf 'Dir::Etc "%s";\n' "$work/etc" >"$work/apt.conf"
}

run_fetch() {
    APT_CONFIG=$work/apt.conf sh toolchain/fetch musl "$work/out" >"$work/output" 2>&1
}

fetched() {
    run_fetch && [ "$(cat "$work/out/source/VERSION")" = 9.9 ]
}

echo 1..7
make_archive

new_configuration
{
    echo "# deb file:$work/nowhere stable main"
    echo "deb [trusted=yes] file:$archive stable main"
    echo "deb cdrom:[Some disc]/ stable main"
} >"$work/etc/sources.list"
before=$(find "$work/etc" -type f -exec cksum {} +)
fetched
check "a configuration in the one-line format" $?
[ "$before" = "$(find "$work/etc" -type f -exec cksum {} +)" ]
check "the configuration stays as it is" $?

mv "$archive" "$archive.away"
rm -rf "$work/out/source"
fetched
check "the second time it needs no archive" $?
mv "$archive.away" "$archive"

new_configuration
printf 'Types: deb\nURIs: file:%s\nSuites: stable\nComponents: main\nTrusted: yes\n' "$archive" \
    >"$work/etc/sources.list.d/local.sources"
fetched
check "a configuration in the format of stanzas" $?

new_configuration
echo "deb [trusted=yes] file:$archive stable main" >"$work/etc/sources.list.d/local.list"
printf 'Types: deb\nURIs: file:%s\nSuites: stable\nComponents: main\nTrusted: yes\n' "$work/nowhere" \
    >"$work/etc/sources.list.d/broken.sources"
fetched
check "an archive that cannot be reached does not matter beside one that can" $?

new_configuration
! run_fetch && grep -q 'check the network' "$work/output"
check "without any archive it says what to check" $?

new_configuration
echo "deb [trusted=yes] file:$archive stable main" >"$work/etc/sources.list"
echo damage >>"$archive/musl_9.9.orig.tar.gz"
! run_fetch && [ ! -e "$work/out/source" ]
check "a damaged file is refused" $?
