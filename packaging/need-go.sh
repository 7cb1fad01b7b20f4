#!/bin/sh
# Looks for a Go that can build Foyer, and installs the distribution's where there is none:
#
#   need-go.sh GO [SUDO]
#
# A Go since 1.21 fetches the version that go.mod names, unless GOTOOLCHAIN is local, as
# Debian and Fedora ship it.
set -eu
go=$1 sudo=${2-} oldest=1.21
here=$(cd "$(dirname "$0")/.." && pwd)
wanted=$(sed -n 's/^go //p' "$here/go.mod")

able() { [ "$(printf '%s\n' "$1" "$oldest" | sort -V | head -n 1)" = "$oldest" ]; }
installed() { (cd / && GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null | sed 's/^go//'); }
give_up() { printf '%s\n' "$@" >&2; exit 1; }
by_hand="or unpack Go $wanted or newer from https://go.dev/dl and put its bin folder into PATH."

have=$(installed || true)
if [ -z "$have" ] || ! able "$have"; then
	[ "$go" = go ] || give_up "$go is no Go since $oldest. Name another one: make GO=..., $by_hand"
	[ -z "$have" ] || echo "Go $have is too old to fetch Go $wanted."
	if command -v apt-get >/dev/null; then
		# The newest of all sources, backports too: they are not taken without being asked for.
		from=$(apt-cache madison golang-go 2>/dev/null | awk -F'|' '{gsub(/ /, "", $2); print $2}' | sort -V | tail -n 1)
		number=${from#*:}
		if [ -z "$from" ] || ! able "${number%%[~+-]*}"; then
			suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
			[ "$suite" != bookworm ] || give_up "Debian 12 has Go 1.19, which is too old. Its backports have one that will do:" \
				"  echo 'deb http://deb.debian.org/debian bookworm-backports main' | sudo tee /etc/apt/sources.list.d/backports.list" \
				"  sudo apt-get update" "Then run make again; $by_hand"
			give_up "This system's packages have no Go since $oldest. Install one, $by_hand"
		fi
		echo "installing: golang-go $from"
		suite=$(apt-cache policy golang-go | awk -v v="$from" '$1 == v || $2 == v {getline; split($3, s, "/"); print s[1]; exit}')
		$sudo apt-get install -y -qq --no-install-recommends -t "$suite" golang-go
	elif command -v dnf >/dev/null; then
		$sudo dnf install -y golang
	elif command -v pacman >/dev/null; then
		$sudo pacman -S --needed --noconfirm go
	else
		give_up "Go is needed: install your system's, $by_hand"
	fi
	have=$(installed || true)
	[ -n "$have" ] && able "$have" || give_up "The Go that is in PATH is ${have:-none}; one since $oldest is needed: $by_hand"
fi

# Older than go.mod's, it fetches that: 70 MB, once.
if [ "$(printf '%s\n' "$have" "$wanted" | sort -V | head -n 1)" = "$wanted" ]; then
	exit 0
fi
default=$(cd / && unset GOTOOLCHAIN && "$go" env GOTOOLCHAIN)
if [ "$default" = local ] && ! grep -qs '^GOTOOLCHAIN=' "$(cd / && "$go" env GOENV)"; then
	echo "go env -w GOTOOLCHAIN=auto: as it is shipped, Go $have does not fetch Go $wanted"
	(cd / && "$go" env -w GOTOOLCHAIN=auto)
fi
(cd "$here" && "$go" version >/dev/null) || give_up "Go $have could not fetch Go $wanted (GOTOOLCHAIN is $(cd / && "$go" env GOTOOLCHAIN)). Try again with the network there, $by_hand"
