# Foyer. `make run` installs what is missing, builds, and opens the lobby; `make help` lists the rest.

# Fyne leaves out locks and checks that a program does without which keeps to fyne.Do. A
# plain go build works as well, and makes the same program, a little slower to draw.
TAGS    := migrated_fynedo
GO      ?= go
SUDO    := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
VERSION := $(shell sed -n 's/^Version *= *"\(.*\)"/\1/p' FyneApp.toml)
export GOFLAGS := -tags=$(TAGS)
# An older Go fetches the one that go.mod names, also where the distribution has turned
# that off; an environment that says local is obeyed.
GOTOOLCHAIN ?= auto
export GOTOOLCHAIN
# Debian's chromium etc. are asked for nothing but what a test starts.
export DEBIAN_FRONTEND := noninteractive

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0

# What the build needs, by the names of each system's package tool.
BUILD_APT := gcc g++ pkg-config libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev \
	libxi-dev libxxf86vm-dev libxkbcommon-dev libvpx-dev libaom-dev libopenh264-dev libopus-dev libyuv-dev libavcodec-dev \
	libavformat-dev libavutil-dev
BUILD_DNF := gcc gcc-c++ pkgconf-pkg-config mesa-libGL-devel libX11-devel libXcursor-devel libXrandr-devel \
	libXinerama-devel libXi-devel libXxf86vm-devel libxkbcommon-devel libvpx-devel libaom-devel openh264-devel opus-devel libyuv-devel \
	libavcodec-free-devel libavformat-free-devel libavutil-free-devel
BUILD_PACMAN := gcc pkgconf mesa libx11 libxcursor libxrandr libxinerama libxi libxxf86vm libxkbcommon \
	libvpx aom openh264 opus libyuv ffmpeg
# What the tests need beyond that.
TEST_APT := xvfb openbox xdotool imagemagick pipewire pipewire-bin pipewire-pulse wireplumber dbus-x11 \
	gnome-keyring pulseaudio pulseaudio-utils chromium espeak-ng sox x11-utils x11-xserver-utils libgl1-mesa-dri procps iproute2 iptables redis-server \
	fonts-noto-cjk fonts-noto-core $(if $(shell command -v node),,nodejs npm)

# What packages are made with, and the libraries that the program opens while it runs.
PACKAGE_APT := dpkg-dev binutils xz-utils zstd patchelf git ca-certificates libpulse0 libasound2-dev
# What they are tested with.
PACKAGE_TEST_APT := debootstrap lintian rpm appstream desktop-file-utils xvfb openbox xdotool x11-utils libgl1-mesa-dri

apt_missing = $(shell command -v dpkg-query >/dev/null && for p in $(1); do \
	dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || echo $$p; done)

.DEFAULT_GOAL := help
.PHONY: vet-cross help deps test-deps build run test test-unit test-e2e lint fmt fuzz leaves reconnects bench bench-video bench-audio soak screenshots package package-deps package-test-deps test-packages test-packages-short test-fresh clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

deps: ## install what the build needs, Go too (apt, dnf or pacman; sudo where not root)
	@if command -v apt-get >/dev/null; then \
	  m="$(strip $(call apt_missing,$(BUILD_APT)))"; \
	  [ -z "$$m" ] || { echo "installing: $$m"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$m; }; \
	elif command -v dnf >/dev/null; then $(SUDO) dnf install -y $(BUILD_DNF); \
	elif command -v pacman >/dev/null; then $(SUDO) pacman -S --needed --noconfirm $(BUILD_PACMAN); \
	else echo "Install these by your system's package tool, then run make again: $(BUILD_APT)" >&2; fi
	@sh packaging/need-go.sh "$(GO)" "$(SUDO)"

test-deps: deps ## install what the tests need beyond that
	@if command -v apt-get >/dev/null; then \
	  m="$(strip $(call apt_missing,$(TEST_APT)))"; \
	  [ -z "$$m" ] || { echo "installing: $$m"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$m; }; \
	else echo "The tests expect the programs in these Debian packages: $(TEST_APT)"; fi
	@cd internal/e2e/browser && npm ci --no-audit --no-fund --silent

build: deps ## build ./foyer
	$(GO) build -o foyer .

run: build ## build and open the lobby
	@./foyer

test: test-deps test-unit test-e2e ## every test, with no display and no sound card

# The race detector stays on wherever timing is not what is tested. It stays off
# where LiveKit's server runs in the test's own process: it would find that one's.
# One package at a time: calls with moving pictures want the machine for themselves.
# What is Unraced runs without it: reconnects, as pion prints a track while it sets it up
# (docs/upstream.md), and floods whose memory is measured, of which the detector takes several times as much.
# Two simulated hours of sound run without it: they take minutes with it.
test-unit: deps
	$(GO) test -race -short -timeout 15m ./media/audio
	$(GO) test -race -p 1 -timeout 15m $$($(GO) list ./... | grep -v -e '/media/audio' -e '/internal/e2e' -e '/internal/bench/')
	$(GO) test -p 1 -timeout 15m -run Unraced ./app/call ./internal/host
	$(GO) test -p 1 -timeout 15m ./media/audio $$($(GO) list ./... | grep -e '/internal/e2e/' -e '/internal/bench/')

test-e2e: build
	FOYER_BIN=$(CURDIR)/foyer FOYER_E2E_REQUIRE=1 $(GO) test -count=1 -timeout 15m -v ./internal/e2e

lint: deps ## gofmt, go vet, staticcheck, import directions
	@d="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$d" ] || { echo "gofmt wanted on:"; echo "$$d"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test ./internal/arrows

# What does without C; the rest can only be built there. Fyne for macOS wants C throughout.
CROSS := ./app ./app/crash ./app/instance ./app/invite ./app/secret ./app/settings ./assets ./internal/locale ./internal/malloc
vet-cross: ## go vet for Windows and macOS, of what does without C
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) vet $(CROSS) ./ui/awake ./ui/hotkey ./ui/language ./ui/notify ./ui/theme/... ./ui/tray
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) vet $(CROSS) ./ui/awake

fmt: ## gofmt the tree
	gofmt -w $$(git ls-files '*.go')

FUZZTIME ?= 20s
fuzz: deps ## every fuzz target for FUZZTIME each
	@for p in $$(grep -rl '^func Fuzz' --include=*_test.go . | xargs -n1 dirname | sort -u); do \
	  for f in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$p/*_test.go); do \
	    $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$p || exit 1; done; done

LEAVES ?= 500
leaves: deps ## LEAVES clients (500) that leave and hang up at once: the server hears each
	FOYER_LEAVES=$(LEAVES) $(GO) test -count 1 -timeout 30m -run TestHostile/leaves -v ./internal/host

reconnects: deps ## the table of all that people and hosts do before, during and after an outage
	FOYER_RECONNECTS=1 $(GO) test -count 1 -timeout 60m -run TestReconnects -v ./app/call

bench: deps ## Go benchmarks of the hot paths
	$(GO) test -run '^$$' -bench . -benchmem ./media/...

# BENCH_RUNS=n runs (3); BENCH_SHORT=1 for a few minutes' look at whether it works;
# BENCH_ONLY=receive,publish,latency,join for some parts, BENCH_TILES=9,25 for some counts.
bench-video: test-deps build ## pictures side by side with a browser: CPU, memory, quality, delay
	FOYER_BIN=$(CURDIR)/foyer $(GO) run ./internal/bench/video

# BENCH_RUNS and BENCH_SHORT as above; BENCH_ONLY names parts (internal/bench/audio/main.go).
bench-audio: test-deps build ## sound: delay from mouth to ear beside a browser's, echo, noise, jitter buffer
	FOYER_BIN=$(CURDIR)/foyer $(GO) run ./internal/bench/audio

SOAK ?= 30m
soak: test-deps build ## a two-person call for SOAK, watching goroutines and memory
	FOYER_BIN=$(CURDIR)/foyer FOYER_E2E_REQUIRE=1 FOYER_SOAK=$(SOAK) $(GO) test -count=1 -timeout 120m -v -run TestSoak ./internal/e2e

screenshots: test-deps build ## docs/screenshots from the real program
	FOYER_BIN=$(CURDIR)/foyer FOYER_SCREENSHOTS=$(CURDIR)/docs/screenshots $(GO) test -count=1 -timeout 10m -v -run TestScreenshots ./internal/e2e

package-deps: deps
	@if command -v apt-get >/dev/null; then \
	  m="$(strip $(call apt_missing,$(PACKAGE_APT)))"; \
	  [ -z "$$m" ] || { echo "installing: $$m"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$m; }; \
	else echo "Packages are made with the programs in these Debian packages: $(PACKAGE_APT)"; fi

package: package-deps ## dist/: .deb, .rpm, Fyne's archive, a one-file bundle, checksums
	$(GO) run ./internal/pack $(PACK)

package-test-deps: package-deps
	@if command -v apt-get >/dev/null; then \
	  m="$(strip $(call apt_missing,$(PACKAGE_TEST_APT)))"; \
	  [ -z "$$m" ] || { echo "installing: $$m"; $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $$m; }; \
	else echo "Packages are tested with the programs in these Debian packages: $(PACKAGE_TEST_APT)"; fi

# FOYER_SUITES=bookworm installs into that release of Debian alone.
test-packages: package-test-deps package ## install the packages into fresh systems and use them there (root)
	FOYER_PACKAGES=$(CURDIR)/dist $(GO) test -count=1 -timeout 60m -v ./internal/e2e/packages

# What .ci/run does of it: this release of Debian, with the program as the other tests
# had it built: hardened code takes minutes more. Without root or Debian it says so and
# is content.
test-packages-short:
	@if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then echo "packages are not tested: that wants root and Debian"; \
	else $(MAKE) package-test-deps build && $(GO) run ./internal/pack -binary ./foyer $(PACK) && FOYER_PLAIN=1 FOYER_SUITES=$$(. /etc/os-release && echo $$VERSION_CODENAME) FOYER_PACKAGES=$(CURDIR)/dist \
	  $(GO) test -count=1 -timeout 15m -v -skip Reproducible ./internal/e2e/packages; fi

test-fresh: package-test-deps ## build from source in fresh Debian 12 and 13, as the README says (root)
	FOYER_FRESH="$${FOYER_FRESH:-trixie bookworm}" $(GO) test -count=1 -timeout 90m -v ./internal/e2e/source

clean: ## remove what was built
	rm -rf foyer dist internal/e2e/browser/node_modules
