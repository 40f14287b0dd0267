# SPDX-License-Identifier: MIT
# make [all]       the programs, into build/
# make check       check-unit and check-lab; installs what is missing
# make check-clients  F5's own Ansible modules against envmux; fetches them from Debian
# make demo        two environments on real servers, in network namespaces (root)
# make bench       figures, as ratios against peers in the same run
# make deb rpm     packages, into build/packages/; make check-pkg tries them in booted systems
# make deps lint fmt install clean       SAN=1: with ASan and UBSan

VERSION := $(shell cat VERSION)
PREFIX ?= /usr
CC ?= cc
SAN ?=
BUILD ?= build$(if $(filter clang%,$(notdir $(CC))),-clang)$(if $(SAN),-san)
PKG_CONFIG ?= pkg-config

CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers -Wmissing-prototypes \
	-Wstrict-prototypes -Wformat=2 -Wvla -Wshadow -fno-strict-aliasing -fstack-protector-strong
override CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DLIBEXECDIR='"$(PREFIX)/lib/envagent"'
override LDFLAGS += -Wl,-z,relro,-z,now -Wl,--as-needed
ifdef SAN
override CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
override LDFLAGS += -fsanitize=address,undefined
else
override CPPFLAGS += -D_FORTIFY_SOURCE=2
override CFLAGS += -fPIE
PIE := -pie
endif

comma := ,
# The package flags are asked for only when something is built.
pkg = $(shell $(PKG_CONFIG) $(1) $(2))

CPPFLAGS_NL = $(call pkg,--cflags,libnl-3.0)

# ---- what is made of what ----

sources = $(sort $(filter-out $(2),$(wildcard $(1))))
SRC_base := $(call sources,agent/base/*.c)
SRC_sys := $(call sources,agent/sys/*.c)
SRC_reconcile := $(call sources,agent/reconcile/*.c,agent/reconcile/main.c $(wildcard agent/reconcile/registry-*.c))
SRC_erb := $(call sources,modules/template/*.c,$(wildcard modules/template/template*.c))
SRC_remote := $(call sources,modules/platform/*.c modules/balancer/*.c)
SRC_modules := $(call sources,modules/*/*.c,$(SRC_erb) $(SRC_remote))
SRC_agent := $(call sources,agent/*.c,agent/main.c)
SRC_fetch := $(call sources,agent/fetch/*.c,agent/fetch/main.c)
SRC_agentctl := $(call sources,tools/agentctl/*.c,tools/agentctl/main.c)
SRC_skysim := $(call sources,tools/skysim/*.c,tools/skysim/main.c)
SRC_envmux := $(call sources,tools/envmux/*.c,tools/envmux/main.c)
ARCHIVES := base sys reconcile erb modules remote agent fetch agentctl skysim envmux

# What starts every half minute shall not spend its time in the loader: STATIC libraries are linked
# in. envagent-fetch, which looks nothing up by NSS, is all static, the C library too.
PROGRAMS := envagentd envagent-fetch envagent-reconcile envagent-leader agentctl skysim envmux
MAIN_envagentd := agent/main.c
USES_envagentd := agent sys base
LIBS_envagentd := libsystemd
STATIC_envagentd := libnl-route-3.0 libnl-3.0 json-c inih
MAIN_envagent-fetch := agent/fetch/main.c
USES_envagent-fetch := fetch base
LIBS_envagent-fetch := json-c
PIE_envagent-fetch := $(PIE:-pie=-static-pie)
MAIN_envagent-reconcile := agent/reconcile/main.c agent/reconcile/registry-local.c
USES_envagent-reconcile := modules erb reconcile sys base
STATIC_envagent-reconcile := libnl-route-3.0 libnl-3.0 json-c inih
MAIN_envagent-leader := agent/reconcile/main.c agent/reconcile/registry-leader.c
USES_envagent-leader := remote reconcile sys base
LIBS_envagent-leader := libcurl libseccomp
STATIC_envagent-leader := libnl-route-3.0 libnl-3.0 json-c inih
MAIN_agentctl := tools/agentctl/main.c
USES_agentctl := agentctl erb base
STATIC_agentctl := json-c inih
MAIN_skysim := tools/skysim/main.c
USES_skysim := skysim base
LIBS_skysim := libmicrohttpd json-c
MAIN_envmux := tools/envmux/main.c
USES_envmux := envmux base
LIBS_envmux := libmicrohttpd libcrypt json-c inih

# tests/unit/FOLDER/test-X.c links what FOLDER is about
TEST_USES_base := base
TEST_USES_sys := sys base
TEST_USES_reconcile := reconcile sys base
TEST_USES_modules := modules erb reconcile sys base
TEST_USES_erb := erb base
TEST_USES_remote := remote reconcile sys base
TEST_USES_agent := agent sys base
TEST_USES_fetch := fetch base
TEST_USES_agentctl := agentctl erb base
TEST_USES_skysim := skysim base
TEST_USES_envmux := envmux base
TEST_LIBS := cmocka libcurl libseccomp libcrypt libsystemd libmicrohttpd libnl-route-3.0 libnl-3.0 json-c inih
TESTS := $(sort $(wildcard tests/unit/*/test-*.c))
TEST_BINS := $(TESTS:tests/unit/%.c=$(BUILD)/unit/%)

all: $(PROGRAMS:%=$(BUILD)/%)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

$(BUILD)/obj/%.o: %.c VERSION
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CPPFLAGS_NL) $(CFLAGS) -MMD -MP -c -o $@ $<

define archive
$(BUILD)/lib$(1).a: $$(call obj,$$(SRC_$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) qcs $$@ $$^
endef
$(foreach a,$(ARCHIVES),$(eval $(call archive,$(a))))

define program
$(BUILD)/$(1): $$(call obj,$$(MAIN_$(1))) $$(USES_$(1):%=$(BUILD)/lib%.a) Makefile
	$$(Q)$$(CC) $$(LDFLAGS) $(or $(PIE_$(1)),$(PIE)) -o $$@ $$(filter-out Makefile,$$^) \
		$$(if $$(STATIC_$(1)),-Wl$$(comma)-Bstatic $$(call pkg,--libs,$$(STATIC_$(1))) -Wl$$(comma)-Bdynamic) \
		$$(if $$(LIBS_$(1)),$$(call pkg,--libs,$$(LIBS_$(1))))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

define unit
$(BUILD)/unit/$(1)/%: $(BUILD)/obj/tests/unit/$(1)/%.o $$(TEST_USES_$(1):%=$(BUILD)/lib%.a)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS) $$(PIE) -o $$@ $$^ $$(call pkg,--libs,$$(TEST_LIBS))
endef
$(foreach u,$(ARCHIVES),$(eval $(call unit,$(u))))

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# ---- installing ----

SBINDIR = $(DESTDIR)$(PREFIX)/sbin
BINDIR = $(DESTDIR)$(PREFIX)/bin
LIBDIR = $(DESTDIR)$(PREFIX)/lib
DATADIR = $(DESTDIR)$(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system

install: install-envagent install-envmux

# What the service manager reads: units, presets, users, places.
define install-systemd
	set -e; for u in $(wildcard packaging/systemd/$(1)*.service packaging/systemd/$(1)*.target); do \
		install -D -m 644 $$u $(DESTDIR)$(UNITDIR)/$${u##*/}; done
	install -D -m 644 packaging/systemd/$(1).preset $(LIBDIR)/systemd/system-preset/50-$(1).preset
	install -D -m 644 packaging/systemd/$(1).sysusers $(LIBDIR)/sysusers.d/$(1).conf
	install -D -m 644 packaging/systemd/$(1).tmpfiles $(LIBDIR)/tmpfiles.d/$(1).conf
endef

install-man = set -e; for m in $(wildcard $(1)); do \
	install -D -m 644 $$m $(DATADIR)/man/man$${m\#\#*.}/$${m\#\#*/}; done

install-envagent: all
	install -d $(SBINDIR) $(BINDIR) $(LIBDIR)/envagent
	install -m 755 $(BUILD)/envagentd $(SBINDIR)/
	install -m 755 $(BUILD)/agentctl $(BINDIR)/
	install -m 755 $(BUILD)/envagent-fetch $(BUILD)/envagent-reconcile $(BUILD)/envagent-leader \
		$(LIBDIR)/envagent/
	install -D -m 644 conf/envagent.conf $(LIBDIR)/envagent/envagent.conf
	set -e; for f in conf/samples/*; do \
		install -D -m 644 $$f $(DATADIR)/doc/envagent/$${f#conf/}; done
	set -e; for f in packaging/images/*.sh; do \
		install -D -m 755 $$f $(DATADIR)/envagent/images/$${f##*/}; done
	$(call install-systemd,envagent)
	install -D -m 644 packaging/completion/agentctl $(DATADIR)/bash-completion/completions/agentctl
	$(call install-man,packaging/man/agentctl.[1-8] packaging/man/envagent*.[1-8])

install-envmux: all
	install -d $(SBINDIR)
	install -m 755 $(BUILD)/envmux $(SBINDIR)/
	install -D -m 644 conf/envmux.conf $(DATADIR)/doc/envmux/envmux.conf
	$(call install-systemd,envmux)
	$(call install-man,packaging/man/envmux*.[1-8])

# ---- packages ----

deb rpm: deps
	tools/package.sh $@ . build/packages

# ---- checking ----

deps:
	tools/deps.sh

check: deps
	$(MAKE) all check-unit check-lab

# A fuzz target tests/fuzz/fuzz-X.c: a program of clang's fuzzer for "make fuzz", or one that replays
# what is kept in tests/fuzz/corpus.
FUZZ_SECONDS ?= 60
FUZZ := $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_FLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
$(BUILD)/unit/fuzz/replay-%: $(BUILD)/obj/tests/fuzz/fuzz-%.o $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/libenvmux.a $(BUILD)/liberb.a $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $(PIE) -o $@ $^ $(call pkg,--libs,cmocka libmicrohttpd libcrypt json-c inih)

build/fuzz/%: tests/fuzz/fuzz-%.c $(SRC_erb) $(SRC_envmux) $(SRC_base)
	@mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS) $(FUZZ_FLAGS) -o $@ $^ $(call pkg,--libs,libmicrohttpd libcrypt json-c inih)

# Each target for FUZZ_SECONDS, from what is kept; what it finds stays in build/fuzz.
fuzz: $(FUZZ:%=build/fuzz/%)
	tests/fuzz/fuzz.sh $(FUZZ_SECONDS) $^

check-unit: $(TEST_BINS) $(FUZZ:%=$(BUILD)/unit/fuzz/replay-%) all
	tests/run-unit.sh $(BUILD)

# The stored results of tests/golden/template and of the man page once more from Ruby, and as many random templates as
# ORACLE_COUNT says, rendered by both.
ORACLE_COUNT ?= 10000
ORACLE_SEED ?= 1
check-oracle: deps $(BUILD)/unit/erb/test-golden
	ruby -W0 tests/oracle/oracle.rb regenerate tests/golden/template
	git diff --exit-code -- tests/golden/template
	ruby -W0 tests/oracle/oracle.rb page packaging/man/envagent-template.7
	ruby -W0 tests/oracle/oracle.rb shell tests/golden/template/shell
	rm -rf $(BUILD)/oracle
	ruby -W0 tests/oracle/oracle.rb random $(BUILD)/oracle $(ORACLE_COUNT) $(ORACLE_SEED)
	ERB_CASES=$(BUILD)/oracle $(BUILD)/unit/erb/test-golden

check-lab: all
	tests/run-lab.sh $(BUILD)

check-clients: deps
	$(MAKE) $(BUILD)/envmux
	tests/clients/run.sh $(BUILD) --fetch

# The packages, built here, on a Debian that boots: systemd-nspawn in the lab's namespaces.
check-pkg: deps
	$(MAKE) all
	tests/run-pkg.sh $(BUILD)

# Beside networkd, netplan, NetworkManager, ifupdown, systemd-resolved, resolvconf: on Debians that boot.
check-managers: deps
	$(MAKE) all
	tests/run-managers.sh $(BUILD)

demo: deps
	$(MAKE) all
	tools/lab/demo.sh $(BUILD)

bench: deps all
	tests/bench/run.sh $(BUILD)

C_FILES = $(shell find agent modules tools tests -name '*.[ch]')
fmt:
	clang-format -i $(C_FILES)

lint:
	tools/lint/lint.sh

clean:
	rm -rf build build-clang build-san build-clang-san

.PHONY: all install install-envagent install-envmux deb rpm deps check check-clients check-oracle check-unit check-lab check-pkg check-managers demo bench fmt fuzz lint clean
.SECONDARY:
ifndef V
Q = @echo '  $(if $(filter %.o,$@),CC  ,LINK)  $@';
endif
