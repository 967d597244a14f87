# make demo    a complete payment on this machine: builds mpg, installs a voice if
#              there is none, and runs `mpg demo`
# make soak    the long tests, part by part
# make help    all targets

SHELL   := /bin/bash
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Where build results go, and where they are installed, under DESTDIR.
BIN    ?= bin
PREFIX ?= /usr
# The binary to install. It may be for another machine; $(BIN)/mpg, which writes the
# manual pages, must run on this one.
MPG    ?= $(BIN)/mpg

# The Debian package: its version is the tag, or the time and hash of the commit; its
# files carry the time of the commit, so that the same commit gives the same bytes.
ARCH              ?= $(shell $(GO) env GOHOSTARCH)
DEB_VERSION       ?= $(or $(shell git describe --tags --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-/+/g'),$(shell TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M --format=0~%cd.g%h 2>/dev/null),0~unknown)
DEB_MAINTAINER    ?= $(or $(shell git log -1 --format='%an <%ae>' 2>/dev/null),unknown <root@localhost>)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),1)

# More flags for go test, such as -count=1 or -run NAME.
TESTFLAGS ?=
# Flags for the report, such as -failed FILE.
REPORTFLAGS ?=
# How long each fuzz target runs.
FUZZTIME ?= 10s
# The longest that the tests of one package may take.
TESTTIME ?= 30m

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
NFPM        := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.2

comma := ,

# Programs, or files, and the Debian packages that bring them.
VOICE := espeak-ng:espeak-ng
PEERS := $(VOICE) sipp:sip-tester baresip:baresip-core tshark:tshark sox:sox \
	node:nodejs npm:npm ip:iproute2 unshare:util-linux strace:strace chromium:chromium \
	systemd-analyze:systemd gcc:build-essential \
	perl:perl /usr/share/perl5/Net/SMPP.pm:libnet-smpp-perl

# Programs that figures are compared with; if one is missing, its row says so.
YARDSTICKS := bearerbox:kannel

# Peers from npm are installed beside their package-lock.json; git ignores them.
NPM_PEERS := cmd/mpg/testdata/peers

# Peers from Maven Central, which only soak-peers needs. They are built under bin.
JAVA_PEERS := cmd/mpg/testdata/peers/java
JAVA       := mvn:maven javac:default-jdk-headless

# Makes the minimal Debian for soak-debian.
BARE := debootstrap:debootstrap

# How much each part of soak does. The defaults take about an hour
# on two idle cores.
SOAK_PARTS       ?= kills mixed store models fuzz race calls peers debian day
SOAK_KILLS       ?= 300
SOAK_PAYMENTS    ?= 3000
SOAK_MIXED       ?= 100000
SOAK_STORE_KILLS ?= 400
SOAK_CHECKS      ?= 10000
SOAK_CHECKS_SLOW ?= 1000
SOAK_STORMS      ?= 50
SOAK_FUZZ        ?= 20s
SOAK_CALLS       ?= 5
SOAK_DAY         ?= 8m
# Packages whose random tests open books on disk, or hash, in each case: SOAK_CHECKS_SLOW.
SLOW_MODELS      := $(addprefix ./engine/,acquirer admin bank/host claim due lang refund report staff view)
# A run can be repeated with its seed; 0 draws one and prints it.
SOAK_SEED        ?= 0

.PHONY: build demo test check bench fuzz peers voice install deb clean help
.PHONY: soak soak-kills soak-mixed soak-store soak-models soak-fuzz soak-race soak-calls soak-peers soak-debian soak-day

# build-mpg FILE builds mpg; GOARCH may be set before it.
build-mpg = CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(1) ./cmd/mpg

build: go ## bin/mpg
	@test -e $(BIN)/mpg || echo "building $(BIN)/mpg: a minute or two the first time, when modules are downloaded and compiled"
	$(call build-mpg,$(BIN)/mpg)

# A go command older than 1.21 cannot even read go.mod; a newer one downloads the
# toolchain that go.mod asks for, or says that it may not.
.PHONY: go
go:
	@need=$$(sed -n 's/^go //p' go.mod); has=$$($(GO) version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p'); \
	if test "$$(printf '%s\n' 1.21 "$$has" | sort -V | head -n 1)" != 1.21; then \
		echo "mpg: error: mpg needs Go $$need or later, and this machine has $${has:-none}" >&2; \
		echo "mpg: hint: https://go.dev/doc/install; Debian's package golang-go may be too old" >&2; exit 1; \
	fi

demo: build voice ## the demo; without a voice it runs with tones and captions
	bin/mpg demo

# go-test FLAGS runs the tests. It prints what is running, and at the end what failed.
go-test = set -o pipefail; $(GO) build -o $(BIN)/report ./cmd/report && \
	$(GO) test -json -timeout $(TESTTIME) $(1) $(TESTFLAGS) ./... | $(BIN)/report $(REPORTFLAGS)

test: go peers ## every test, with every peer; a missing peer is a failure
	@MPG_PEERS=require; export MPG_PEERS; $(call go-test)

check: ## formatting, vet, staticcheck, and all tests under the race detector
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@$(call go-test,-race)

bench: build yardsticks ## the figures as ratios to their yardsticks
	bin/mpg bench

# Go before 1.27 may report a target as failed just because its time is over
# (go.dev/issue/75804).
fuzz: ## each fuzz target for FUZZTIME; if one fails, the others still run
	@set -o pipefail; failed=; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$(dirname $$file) | tee "$$log" && continue; \
			test "$$(grep -A 1 '^--- FAIL' "$$log" | sed -n 's/^ *//; 2p')" = 'context deadline exceeded' || failed="$$failed $$target"; \
		done; \
	done; \
	test -z "$$failed" || { echo "fuzz: FAILED:$$failed"; exit 1; }

# Every part runs even if others fail; each can be run by itself.
soak: build ## the long tests: SOAK_PARTS, about an hour
	@failed=; done=0; all=$$(wc -w <<<'$(SOAK_PARTS)'); \
	for part in $(SOAK_PARTS); do \
		done=$$((done + 1)); from=$$SECONDS; \
		echo "== soak $$done of $$all: $$part"; \
		$(MAKE) --no-print-directory soak-$$part || failed="$$failed $$part"; \
		echo "== $$part took $$((SECONDS - from)) s"; \
	done; \
	test -z "$$failed" || { echo "soak: FAILED:$$failed"; exit 1; }; \
	echo "soak: all $$all parts passed in $$SECONDS s"

PROOF := $(GO) test -count=1 -v -timeout 0 ./cmd/mpg/proof -seed $(SOAK_SEED)

soak-kills: ## SOAK_KILLS kills during SOAK_PAYMENTS orders, with faults at SMSC and bank, and one in each stage of each product
	$(PROOF) -run '^Test(Kills|States|RefundStates)$$' -stages -kills $(SOAK_KILLS) -payments $(SOAK_PAYMENTS)

soak-mixed: ## SOAK_MIXED payments of all products as fast as they go, with a bank that fails
	$(PROOF) -run '^TestMixedDay$$' -mixed $(SOAK_MIXED)

soak-store: ## the store is killed SOAK_STORE_KILLS times, and so is one whose budget many draw on
	$(GO) test -count=1 -v -timeout 0 -run '^TestKill' ./store/bolt -kills $(SOAK_STORE_KILLS)

soak-models: ## each random test with SOAK_CHECKS cases, or SOAK_CHECKS_SLOW, and SOAK_STORMS storms of texts
	@failed=; for dir in $$(grep -rlE --include='*_test.go' 'rapid\.(Check|MakeCheck)\(' . | xargs -n 1 dirname | sort -u); do \
		tests=$$(awk '/^func /{name = $$2; sub(/\(.*/, "", name)} /rapid\.(Check|MakeCheck)\(/{print name}' $$dir/*_test.go | sort -u | paste -sd '|'); \
		checks=$(SOAK_CHECKS); case " $(SLOW_MODELS) " in *" $$dir "*) checks=$(SOAK_CHECKS_SLOW);; esac; \
		echo "$$dir $$checks $$tests"; \
		$(GO) test -count=1 -timeout 0 -run "^($$tests)\$$" $$dir -rapid.checks $$checks || failed="$$failed $$dir"; \
	done; \
	test -z "$$failed" || { echo "soak-models: FAILED:$$failed"; exit 1; }
	$(GO) test -count=$(SOAK_STORMS) -timeout 0 -run Storm ./engine

soak-fuzz: ## each fuzz target for SOAK_FUZZ
	@$(MAKE) --no-print-directory fuzz FUZZTIME=$(SOAK_FUZZ)

soak-race: ## everything that holds money, under the race detector
	$(GO) test -race -count=1 -timeout 0 ./store/... ./engine/...

soak-calls: peers ## calls over trunks that behave oddly, SOAK_CALLS times
	@set -e; for i in $$(seq $(SOAK_CALLS)); do \
		MPG_PEERS=require $(GO) test -count=1 -timeout 0 -run '^TestOddTrunks$$' ./cmd/mpg/peers; \
	done

soak-peers: bin/peers/classes/Bank.class ## a bank on jPOS and an SMSC on jSMPP, from Maven Central
	$(PROOF) -run '^TestForeign' -soak

soak-debian: bin/debian/etc/debian_version ## the package on a minimal Debian made by debootstrap; needs root
	MPG_PEERS=require $(GO) test -count=1 -v -timeout 0 ./cmd/mpg/debian -bare $(CURDIR)/bin/debian

# The smallest Debian that debootstrap makes, plus a voice.
bin/debian/etc/debian_version: | peers-debootstrap
	rm -rf bin/debian bin/debian.new
	debootstrap --variant=minbase --include=espeak-ng $$(. /etc/os-release && echo $$VERSION_CODENAME) bin/debian.new >bin/debootstrap.log
	mv bin/debian.new bin/debian
	@touch $@

.PHONY: peers-debootstrap
peers-debootstrap:
	$(call install-packages,$(BARE))

soak-day: ## orders for SOAK_DAY: memory, open files and goroutines stay few
	$(PROOF) -run '^TestDay$$' -day $(SOAK_DAY)

bin/peers/classes/Bank.class: $(wildcard $(JAVA_PEERS)/*.java) bin/peers/lib/.copied
	javac -Xlint:-deprecation -d $(@D) -cp 'bin/peers/lib/*' $(JAVA_PEERS)/*.java

bin/peers/lib/.copied: $(JAVA_PEERS)/pom.xml | peers-java
	mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

.PHONY: peers-java
peers-java:
	$(call install-packages,$(JAVA))

# install-packages LIST[,NOTE] installs the Debian packages of the programs in LIST that
# this machine lacks, after printing how large they are, and reports its progress. If it
# may not install anything, it fails and prints the command to type; with a NOTE it
# prints the note instead of failing.
define install-packages
	@set -e; PATH=$$PATH:/usr/sbin:/sbin; missing=; \
	for pair in $(1); do \
		command -v $${pair%%:*} >/dev/null || test -e $${pair%%:*} || missing="$$missing $${pair#*:}"; \
	done; \
	test -n "$$missing" || exit 0; \
	root=; test $$(id -u) = 0 || root="sudo -n"; \
	if ! command -v apt-get >/dev/null || ! $$root true 2>/dev/null; then \
		if test -n "$(2)"; then echo "$(2)"; exit 0; fi; \
		echo "mpg: error: this machine lacks:$$missing" >&2; \
		echo "mpg: hint: sudo apt-get install$$missing" >&2; exit 1; \
	fi; \
	set -o pipefail; \
	{ $$root apt-get -qq update && apt="$$root env DEBIAN_FRONTEND=noninteractive apt-get -q --no-install-recommends"; \
		echo "installing$$missing"; \
		$$apt --assume-no install $$missing 2>&1 | grep -E '^[0-9]+ upgraded|^Need to get|^After this' || true; \
		$$apt -y install $$missing 2>&1 | awk '/^E:/ { print } /^(Get:|Unpacking|Setting up)/ && ++n % 100 == 0 { print "... " n " steps: " $$0; fflush() }'; \
	} || { test -n "$(2)" && echo "$(2)"; }
endef

voice:
	$(call install-packages,$(VOICE),espeak-ng is not installed: the demo plays tones$(comma) and shows the words)

.PHONY: yardsticks
yardsticks:
	$(call install-packages,$(YARDSTICKS),Kannel is not installed: its figures are left out)

peers: $(NPM_PEERS)/node_modules/.package-lock.json ## install the programs that the tests talk to

.PHONY: peers-debian
peers-debian:
	$(call install-packages,$(PEERS))

$(NPM_PEERS)/node_modules/.package-lock.json: $(NPM_PEERS)/package-lock.json | peers-debian
	cd $(NPM_PEERS) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# If there is no go command, as under sudo, the binary built before is installed.
install: $(if $(shell command -v $(GO)),build) ## the binary, the unit, the manual and a first mpg.toml, under DESTDIR and PREFIX
	@test -x $(MPG) || { echo "mpg: error: $(MPG) is not built; run make first" >&2; exit 1; }
	install -Dm755 $(MPG) $(DESTDIR)$(PREFIX)/bin/mpg
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/bin/mpg|$(PREFIX)/bin/mpg|' systemd/mpg.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/mpg.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/mpg.service
	install -Dm644 systemd/mpg.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/mpg.conf
	install -Dm644 systemd/mpg.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/mpg.conf
	install -Dm644 README.md $(DESTDIR)$(PREFIX)/share/doc/mpg/README.md
	install -Dm644 systemd/mpg.rules.yml $(DESTDIR)$(PREFIX)/share/mpg/mpg.rules.yml
	@set -e; umask 022; share=$(DESTDIR)$(PREFIX)/share; \
	for page in mpg.1 mpg-serve.8 mpg.toml.5; do \
		folder=$$share/man/man$${page##*.}; install -d $$folder; \
		$(BIN)/mpg man $$page | gzip -9n >$$folder/$$page.gz; echo "$$folder/$$page.gz"; \
	done; \
	zsh=$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions); \
	for script in bash:bash-completion/completions/mpg zsh:zsh/$$zsh/_mpg fish:fish/vendor_completions.d/mpg.fish; do \
		file=$$share/$${script#*:}; install -d $${file%/*}; \
		$(BIN)/mpg completion $${script%%:*} >$$file; echo "$$file"; \
	done
	@test -d $(DESTDIR)/etc/mpg || install -d -m750 $(DESTDIR)/etc/mpg
	@if test -e $(DESTDIR)/etc/mpg/mpg.toml; then echo "$(DESTDIR)/etc/mpg/mpg.toml exists, and is left as it is"; \
	else install -m640 conf/mpg.toml $(DESTDIR)/etc/mpg/mpg.toml; fi
	@test -n "$(DESTDIR)" || sh cmd/mpg/debian/postinst configure

deb: build ## bin/mpg_VERSION_ARCH.deb
	$(if $(filter-out $(shell $(GO) env GOHOSTARCH),$(ARCH)),GOARCH=$(ARCH) $(call build-mpg,$(BIN)/$(ARCH)/mpg))
	@rm -rf $(BIN)/stage $(BIN)/mpg_*_$(ARCH).deb
	@umask 022; $(MAKE) --no-print-directory -s install GO=none BIN=$(BIN) DESTDIR=$(BIN)/stage PREFIX=/usr \
		MPG=$(if $(filter-out $(shell $(GO) env GOHOSTARCH),$(ARCH)),$(BIN)/$(ARCH)/mpg,$(BIN)/mpg) >/dev/null
	@find $(BIN)/stage -exec touch --no-dereference --date=@$(SOURCE_DATE_EPOCH) {} +
	@STAGE=$(BIN)/stage DEB_ARCH=$(ARCH) DEB_VERSION='$(DEB_VERSION)' DEB_MAINTAINER='$(DEB_MAINTAINER)' SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
		$(GO) run $(NFPM) package --packager deb --config cmd/mpg/debian/nfpm.yaml --target $(BIN)/
	@rm -rf $(BIN)/stage

clean: ## remove what was built and installed in this folder
	rm -rf bin $(NPM_PEERS)/node_modules call.wav

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20
