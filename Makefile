# make demo    a whole payment on this machine: builds, installs a voice where
#              there is none, and runs `mpg demo`
# make soak    the long proofs, part by part
# make help    all targets

SHELL   := /bin/bash
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# More flags for go test, such as -count=1 or -run NAME.
TESTFLAGS ?=
# How long each fuzz target runs.
FUZZTIME ?= 10s
# The longest that the tests of one package may take.
TESTTIME ?= 9m

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Programs, or files, and the Debian packages that bring them.
VOICE := espeak-ng:espeak-ng
PEERS := $(VOICE) sipp:sip-tester baresip:baresip-core tshark:tshark sox:sox \
	node:nodejs npm:npm ip:iproute2 unshare:util-linux strace:strace chromium:chromium \
	systemd-analyze:systemd gcc:build-essential \
	perl:perl /usr/share/perl5/Net/SMPP.pm:libnet-smpp-perl

# Programs that a figure is set beside; one that is missing is a row that says so.
YARDSTICKS := bearerbox:kannel

# Peers from npm lie beside their package-lock.json; git ignores them.
NPM_PEERS := cmd/mpg/testdata/peers

# Peers from Maven Central, which only soak-peers needs. What is built of them lies
# under bin.
JAVA_PEERS := cmd/mpg/testdata/peers/java
JAVA       := mvn:maven javac:default-jdk-headless

# How much each part of soak does. The defaults take about three quarters of an hour
# on two idle cores.
SOAK_PARTS       ?= kills store models fuzz peers day
SOAK_KILLS       ?= 300
SOAK_PAYMENTS    ?= 3000
SOAK_STORE_KILLS ?= 400
SOAK_CHECKS      ?= 10000
SOAK_STORMS      ?= 50
SOAK_FUZZ        ?= 20s
SOAK_DAY         ?= 8m
# A run can be had again by its seed; 0 draws one and prints it.
SOAK_SEED        ?= 0

.PHONY: build demo test check bench fuzz peers voice install clean help
.PHONY: soak soak-kills soak-store soak-models soak-fuzz soak-peers soak-day

build: ## bin/mpg
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/mpg ./cmd/mpg

demo: build voice ## the demo; without a voice it runs with tones and captions
	bin/mpg demo

test: peers ## every test, with every peer; a peer that is missing fails
	MPG_PEERS=require $(GO) test -timeout $(TESTTIME) $(TESTFLAGS) ./...

check: ## formatting, vet, staticcheck, and all tests under the race detector
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) test -race -timeout $(TESTTIME) $(TESTFLAGS) ./...

bench: build yardsticks ## the figures beside their yardsticks, as ratios
	bin/mpg bench

fuzz: ## each fuzz target for FUZZTIME
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$(dirname $$file); \
		done; \
	done

# Every part runs, whatever becomes of the others; each can be run by itself.
soak: build ## the long proofs: SOAK_PARTS, about three quarters of an hour
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

soak-kills: ## SOAK_KILLS kills in SOAK_PAYMENTS orders, in bad weather at SMSC and bank
	$(PROOF) -run '^TestKills$$' -kills $(SOAK_KILLS) -payments $(SOAK_PAYMENTS)

soak-store: ## the store is killed SOAK_STORE_KILLS times
	$(GO) test -count=1 -v -timeout 0 -run '^TestKill$$' ./store/bolt -kills $(SOAK_STORE_KILLS)

soak-models: ## each random test with SOAK_CHECKS cases, and SOAK_STORMS storms of texts
	@set -e; for dir in $$(grep -rlE --include='*_test.go' 'rapid\.(Check|MakeCheck)\(' . | xargs -n 1 dirname | sort -u); do \
		tests=$$(awk '/^func /{name = $$2; sub(/\(.*/, "", name)} /rapid\.(Check|MakeCheck)\(/{print name}' $$dir/*_test.go | sort -u | paste -sd '|'); \
		echo "$$dir $$tests"; \
		$(GO) test -count=1 -timeout 0 -run "^($$tests)\$$" $$dir -rapid.checks $(SOAK_CHECKS); \
	done
	$(GO) test -count=$(SOAK_STORMS) -timeout 0 -run Storm ./engine

soak-fuzz: ## each fuzz target for SOAK_FUZZ
	@$(MAKE) --no-print-directory fuzz FUZZTIME=$(SOAK_FUZZ)

soak-peers: bin/peers/classes/Bank.class ## a bank on jPOS and an SMSC on jSMPP, from Maven Central
	$(PROOF) -run '^TestForeign' -soak

soak-day: ## everybody orders for SOAK_DAY: memory, files and goroutines stay small
	$(PROOF) -run '^TestDay$$' -day $(SOAK_DAY)

bin/peers/classes/Bank.class: $(wildcard $(JAVA_PEERS)/*.java) bin/peers/lib/.copied
	javac -Xlint:-deprecation -d $(@D) -cp 'bin/peers/lib/*' $(JAVA_PEERS)/*.java

bin/peers/lib/.copied: $(JAVA_PEERS)/pom.xml | peers-java
	mvn -q -B -f $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

.PHONY: peers-java
peers-java:
	$(call install-packages,$(JAVA))

# install-packages LIST installs the Debian packages of the programs in LIST that
# this machine lacks. It fails where that takes rights that we do not have, and
# says what to type.
define install-packages
	@set -e; PATH=$$PATH:/usr/sbin:/sbin; missing=; \
	for pair in $(1); do \
		command -v $${pair%%:*} >/dev/null || test -e $${pair%%:*} || missing="$$missing $${pair#*:}"; \
	done; \
	test -n "$$missing" || exit 0; \
	root=; test $$(id -u) = 0 || root="sudo -n"; \
	if ! command -v apt-get >/dev/null || ! $$root true 2>/dev/null; then \
		echo "mpg: error: this machine lacks:$$missing" >&2; \
		echo "mpg: hint: sudo apt-get install$$missing" >&2; exit 1; \
	fi; \
	echo "installing$$missing"; \
	$$root apt-get -qq update; \
	$$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $$missing >/dev/null
endef

voice:
	-$(call install-packages,$(VOICE))

.PHONY: yardsticks
yardsticks:
	-$(call install-packages,$(YARDSTICKS))

peers: $(NPM_PEERS)/node_modules/.package-lock.json ## install what the tests talk to

.PHONY: peers-debian
peers-debian:
	$(call install-packages,$(PEERS))

$(NPM_PEERS)/node_modules/.package-lock.json: $(NPM_PEERS)/package-lock.json | peers-debian
	cd $(NPM_PEERS) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

install: build ## the binary, the unit and a first mpg.toml, under DESTDIR
	install -Dm755 bin/mpg $(DESTDIR)/usr/bin/mpg
	install -Dm644 systemd/mpg.service $(DESTDIR)/usr/lib/systemd/system/mpg.service
	install -Dm644 systemd/mpg.sysusers $(DESTDIR)/usr/lib/sysusers.d/mpg.conf
	install -Dm644 systemd/mpg.tmpfiles $(DESTDIR)/usr/lib/tmpfiles.d/mpg.conf
	@test -e $(DESTDIR)/etc/mpg/mpg.toml || install -Dm640 conf/mpg.toml $(DESTDIR)/etc/mpg/mpg.toml

clean: ## what was built and installed here
	rm -rf bin $(NPM_PEERS)/node_modules call.wav

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20
