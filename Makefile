# Mini Classroom: the whole build on one page.
#
#	make            programs and library, under build/
#	make run        everything up against a private PostgreSQL, until Ctrl-C
#	make help       the other targets

VERSION := 0.1.0
SOVERSION := 0

ifeq ($(origin CC),default)
CC := gcc
endif
SAN ?=
BUILD ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
comma := ,

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
SYSCONFDIR ?= /etc
SYSTEMDDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
DESTDIR ?=

WARNINGS := -pedantic -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wcast-qual -Wpointer-arith -Wvla -Wwrite-strings -Wswitch-enum -Wundef \
	-Wformat=2 -Werror
PACKAGES := libpq json-c libargon2 openssl libutf8proc
PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lcmark-gfm-extensions -lcmark-gfm -lwslay -lpthread
CHATD_LIBS = -luring

# For the servers, whose threads make and free many small objects for each answer.
ALLOCATOR = $(if $(SAN),,-Wl,--push-state,--no-as-needed -ljemalloc -Wl,--pop-state)

CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DMC_VERSION='"$(VERSION)"' -DMC_SYSCONFDIR='"$(SYSCONFDIR)"' $(WARNINGS) $(CFLAGS) -fPIC \
	-fno-semantic-interposition -fstack-protector-strong -fno-omit-frame-pointer \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2) \
	-I. -I$(BUILD) $(PACKAGE_CFLAGS) -MMD -MP
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN)) -Wl,-z,relro,-z,now

LIB_SOURCES := $(wildcard libminiclass/*/*.c)
SERVER_SOURCES := $(wildcard server/*.c server/handlers/*.c)
CHATD_SOURCES := $(wildcard chatd/*.c)
CLI_SOURCES := $(wildcard cli/*.c cli/*/*.c)
UNIT_SOURCES := $(wildcard test/unit/test_*.c)
MODEL_SOURCES := $(wildcard test/model/test_*.c)
FUZZ_SOURCES := $(wildcard test/fuzz/fuzz_*.c)

# What the tool NAME is made of.
tool_objects = $(patsubst %.c,$(BUILD)/%.o,cli/mc_$(1).c $(wildcard cli/$(1)/*.c))
COMMON_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/common/*.c))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/migrations.o
CHATD_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/main.c,$(CHATD_SOURCES)))
SERVER_OBJECTS := $(SERVER_SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/assets_data.o
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(BUILD)/%)
MODEL_TESTS := $(MODEL_SOURCES:%.c=$(BUILD)/%)
FUZZ_REPLAYS := $(FUZZ_SOURCES:%.c=$(BUILD)/%)

SO := $(BUILD)/lib/libminiclass.so.$(SOVERSION)
ARCHIVE := $(BUILD)/lib/libminiclass.a
TOOLS := $(BUILD)/bin/mc-login $(BUILD)/bin/mc-class $(BUILD)/bin/mc-post $(BUILD)/bin/mc-chat
PROGRAMS := $(BUILD)/bin/mc-server $(BUILD)/bin/mc-chatd $(TOOLS) $(BUILD)/bin/mc-admin
MANUALS := $(patsubst docs/man/%.in,$(BUILD)/man/%,$(wildcard docs/man/*.in))

.PHONY: all
all: $(PROGRAMS) $(SO) $(ARCHIVE) $(MANUALS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/%.o: $(BUILD)/%.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(SO): $(LIB_OBJECTS) libminiclass/libminiclass.map
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-Bsymbolic-functions \
		-Wl,--version-script=libminiclass/libminiclass.map -o $@ $(LIB_OBJECTS) $(LIBS)
	ln -sf $(@F) $(BUILD)/lib/libminiclass.so

$(ARCHIVE): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $(LIB_OBJECTS)

# Programs find the library beside them, in the build tree and where they are installed; RPATH= where the system
# looks anyway.
RPATH ?= $$ORIGIN/../lib
RUNPATH = $(if $(RPATH),-Wl$(comma)-rpath$(comma)'$(RPATH)')
$(BUILD)/bin/mc-server: $(SERVER_OBJECTS) $(SO)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(RUNPATH) -o $@ $(SERVER_OBJECTS) \
		-L$(BUILD)/lib -lminiclass $(LIBS) $(ALLOCATOR)

$(BUILD)/bin/mc-chatd: $(CHATD_SOURCES:%.c=$(BUILD)/%.o) $(SO)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(RUNPATH) -o $@ $(CHATD_SOURCES:%.c=$(BUILD)/%.o) \
		-L$(BUILD)/lib -lminiclass $(LIBS) $(CHATD_LIBS)

$(BUILD)/bin/mc-login: $(call tool_objects,login)
$(BUILD)/bin/mc-class: $(call tool_objects,class)
$(BUILD)/bin/mc-post: $(call tool_objects,post)
$(BUILD)/bin/mc-chat: $(call tool_objects,chat)
$(BUILD)/bin/mc-admin: $(call tool_objects,admin)
$(TOOLS) $(BUILD)/bin/mc-admin: $(COMMON_OBJECTS) $(SO)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) $(RUNPATH) -o $@ $(filter %.o,$^) \
		-L$(BUILD)/lib -lminiclass $(LIBS)

# Pages of the tools: their tables and what is written by hand.
$(BUILD)/man/%.1: docs/man/%.1.in docs/man/fill.awk $(BUILD)/bin/%
	@mkdir -p $(@D)
	$(BUILD)/bin/$* --completion mdoc | awk -f docs/man/fill.awk - $< >$@.new && mv $@.new $@

# What is built in: migrations into the library, templates and static files into mc-server.
$(BUILD)/migrations.c: sql/embed.sh sql/roles.sql $(wildcard sql/migrations/*.sql)
	@mkdir -p $(@D)
	sh sql/embed.sh sql/migrations >$@.new && mv $@.new $@

$(BUILD)/assets_data.c: $(BUILD)/html/embed $(wildcard html/templates/*.html html/templates/*/*.html html/static/*)
	$(BUILD)/html/embed html >$@.new && mv $@.new $@

$(BUILD)/html/embed: $(BUILD)/html/embed.o $(BUILD)/server/html_dir.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -ldeflate

# Tests: a unit test links the archive and, where it tests a program's part, that part's objects.
$(BUILD)/test/unit/test_server_%: $(BUILD)/test/unit/test_server_%.o $(filter-out %/main.o,$(SERVER_OBJECTS)) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) $(WRAPPED) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/unit/test_chatd_%: $(BUILD)/test/unit/test_chatd_%.o $(CHATD_OBJECTS) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) $(WRAPPED) -o $@ $^ $(LIBS) $(CHATD_LIBS) -lcmocka

# Where the test says when memory is out.
JSON_MEMORY := new_object new_array new_string_len new_int64 new_double new_boolean object_add object_add_ex array_add
$(BUILD)/test/unit/test_server_view $(BUILD)/test/unit/test_text_json: WRAPPED = $(JSON_MEMORY:%=-Wl,--wrap=json_object_%)
# Where it says that, and looks at what is posted.
$(BUILD)/test/unit/test_chatd_roster_changes: WRAPPED = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=delivery_post
# Where it says that and who is counted as here, and looks at what is told.
$(BUILD)/test/unit/test_chatd_hub: WRAPPED = -Wl,--wrap=calloc,--wrap=presence_came,--wrap=presence_left,--wrap=store_jobs \
	-Wl,--wrap=conn_queue,--wrap=conn_hold,--wrap=conn_unhold
# Where a connection has no loop, and its commands do nothing.
$(BUILD)/test/unit/test_chatd_conn_out: WRAPPED = -Wl,--wrap=conn_mark_dirty
$(BUILD)/test/unit/test_chatd_conn_in: WRAPPED = -Wl,--wrap=conn_read_on,--wrap=conn_set_deadline,--wrap=command_run
# Where it looks at what happens to a connection.
$(BUILD)/test/unit/test_chatd_conn_ask: WRAPPED = -Wl,--wrap=conn_mark_dirty,--wrap=conn_end,--wrap=conn_read_on
# Where it answers for presence and the store.
$(BUILD)/test/unit/test_chatd_join: WRAPPED = -Wl,--wrap=conn_ask,--wrap=conn_refuse_room,--wrap=store_jobs \
	-Wl,--wrap=presence_jobs,--wrap=presence_wake,--wrap=presence_came,--wrap=presence_left,--wrap=presence_doubt
# Where it answers for auth, and looks at what is asked and told.
$(BUILD)/test/unit/test_chatd_session: WRAPPED = -Wl,--wrap=conn_ask,--wrap=auth_jobs,--wrap=conn_set_state,--wrap=conn_say \
	-Wl,--wrap=conn_end,--wrap=hub_let_out,--wrap=join_go_on
# Where it says what time it is.
$(BUILD)/test/unit/test_chatd_rights: WRAPPED = -Wl,--wrap=mc_clock_ms,--wrap=mc_loop_post,--wrap=mc_loop_queue

$(BUILD)/test/unit/test_cli_%: $(BUILD)/test/unit/test_cli_%.o $(COMMON_OBJECTS) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/unit/%: $(BUILD)/test/unit/%.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) $(WRAPPED) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/model/%: $(BUILD)/test/model/%.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/fuzz/fuzz_cli_%: $(BUILD)/test/fuzz/fuzz_cli_%.o $(BUILD)/test/fuzz/driver.o $(COMMON_OBJECTS) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/test/fuzz/%: $(BUILD)/test/fuzz/%.o $(BUILD)/test/fuzz/driver.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/test/chat/client: $(BUILD)/test/chat/client.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/test/tools/routes: $(BUILD)/test/tools/routes.o $(filter-out %/main.o,$(SERVER_OBJECTS)) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: unit-tests model-tests fuzz-replays test-programs
# What the wire and chat tests ask beside the programs.
test-programs: $(BUILD)/test/chat/client $(BUILD)/test/tools/routes
unit-tests: $(UNIT_TESTS)
model-tests: $(MODEL_TESTS)
fuzz-replays: $(FUZZ_REPLAYS)

.PHONY: help
help:
	@sed -n '2,5s/^#\t\{0,1\}//p' Makefile
	@echo 'make test       every test there is; make check-unit, -model, -fuzz, -cli, -wire, -chat, -screen, -browser: some'
	@echo 'make lint       format, clang-tidy, cppcheck, layers, banned calls, manuals, scripts'
	@echo 'make demo       fills a running classroom with two classes (MC_URL)'
	@echo 'make bench      beside nginx, pgbench, nats and redis, as ratios'
	@echo 'make mininet    a class day and its accidents on a network of 30 hosts (root); docs/NETWORK.md'
	@echo 'make fuzz       a minute a parser (FUZZ_SECONDS=60)'
	@echo 'make install    PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR) DESTDIR=; make uninstall'
	@echo 'make deb        Debian packages in $(BUILD)/deb; make check-deb: tried in a clean Debian (root)'
	@echo 'make commands   docs/COMMANDS.md: each route and its command'
	@echo 'make clean      removes build/; var/ with its data stays'
	@echo 'SAN=address,undefined or SAN=thread builds under build/san-...'

# Only what is missing is installed; nothing is asked of the network when all is there.
.PHONY: deps
deps:
	@sh test/packages.sh build run test

.PHONY: run
run:
	@sh test/packages.sh build run
	@$(MAKE) -s -j2 all
	@MC_BUILD=$(BUILD) exec sh test/up.sh

.PHONY: demo
demo:
	@/usr/bin/python3 -B test/demo/fill.py

.PHONY: bench
bench:
	@sh test/packages.sh build run bench
	@$(MAKE) -s -j2 all
	@MC_BUILD=$(BUILD) CC='$(CC)' exec sh test/bench/run.sh $(BENCH)

.PHONY: mininet
mininet:
	@sh test/packages.sh build run network
	@$(MAKE) -s -j2 all
	@exec sh mininet/run.sh --record --build $(BUILD) --out $(BUILD)/mininet

.PHONY: test
test: deps
	@$(MAKE) -s -j2 all unit-tests model-tests fuzz-replays test-programs
	@MC_BUILD=$(BUILD) MAKE='$(MAKE)' exec sh test/run.sh

.PHONY: check-unit check-model check-fuzz check-cli check-wire check-chat check-screen check-browser
check-unit: unit-tests
check-model: all model-tests
check-fuzz: fuzz-replays
check-cli check-wire check-chat check-screen check-browser: all test-programs
check-unit check-model check-fuzz check-cli check-wire check-chat check-screen check-browser:
	@MC_BUILD=$(BUILD) exec sh test/run.sh $(@:check-%=%)

# Rules of docs/HACKING.md that a script can see.
.PHONY: check-layers check-banned check-headers check-symbols check-settings check-commands check-links check-install commands
check-layers:
	@sh test/tools/layers.sh
check-banned:
	@sh test/tools/banned.sh
check-links:
	@sh test/tools/links.sh
check-install: all
	@sh test/tools/install.sh $(BUILD)
check-headers:
	@CC='$(CC)' CFLAGS="$(filter-out -MMD -MP,$(ALL_CFLAGS))" sh test/tools/headers.sh
check-symbols: $(SO)
	@CC='$(CC)' CFLAGS="$(filter-out -MMD -MP,$(ALL_CFLAGS))" sh test/tools/symbols.sh $(SO)
check-settings: $(BUILD)/bin/mc-server $(BUILD)/bin/mc-chatd $(BUILD)/bin/mc-admin
	@sh test/tools/settings.sh $(<D)

check-commands: $(BUILD)/test/tools/routes $(TOOLS)
	@sh test/tools/commands.sh $(BUILD) check
commands: $(BUILD)/test/tools/routes $(TOOLS)
	@sh test/tools/commands.sh $(BUILD) >docs/COMMANDS.md.new && mv docs/COMMANDS.md.new docs/COMMANDS.md

C_FILES = $(shell find libminiclass server chatd cli html test -name '*.[ch]' | sort)
TIDY_FILES = $(LIB_SOURCES) $(SERVER_SOURCES) $(CHATD_SOURCES) $(CLI_SOURCES) $(wildcard html/*.c)
TIDY_FLAGS = -std=c17 -D_GNU_SOURCE -DMC_VERSION='"$(VERSION)"' -I. $(PACKAGE_CFLAGS)

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-scripts lint-manuals
lint:
	@sh test/packages.sh build test lint
	@$(MAKE) -s -j2 --output-sync=target lint-format lint-tidy lint-cppcheck lint-scripts lint-manuals \
		check-layers check-banned check-headers check-symbols check-settings check-commands check-links check-install
	@echo lint: good

.PHONY: format
format:
	clang-format -i $(C_FILES)

lint-format:
	@clang-format --dry-run --Werror $(C_FILES)
lint-tidy: $(TIDY_FILES:%=$(BUILD)/tidy/%.ok)
$(BUILD)/tidy/%.ok: % .clang-tidy test/tools/tidy.txt
	@mkdir -p $(@D)
	@clang-tidy --quiet --checks="$$(awk -v f=$< '$$1 == f { printf ",-%s", $$2 }' test/tools/tidy.txt)" \
		$< -- $(TIDY_FLAGS) 2>$@.log || { cat $@.log >&2; exit 1; }
	@touch $@
lint-cppcheck:
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr -j2 \
		--suppressions-list=test/tools/cppcheck.txt --error-exitcode=1 -D__linux__ -I. $(TIDY_FILES)
lint-scripts:
	@shellcheck -S warning -s sh $$(find test sql .ci dist mininet -name '*.sh') .ci/run debian/*.postinst debian/*.prerm debian/*.postrm
	@shellcheck -S warning -s bats -e SC2154 test/cli/*.bats test/cli/*.bash
	@pyflakes3 test mininet
lint-manuals: $(MANUALS)
	@for page in docs/man/*.[1-8] $(MANUALS); do [ ! -f "$$page" ] || mandoc -Tlint -Wwarning "$$page" || exit 1; done

# With clang's own fuzzer; what it finds is kept in the corpus.
FUZZ_SECONDS ?= 60
FUZZ_BUILD := build/fuzz
FUZZERS := $(FUZZ_SOURCES:test/fuzz/%.c=$(FUZZ_BUILD)/run/%)
.PHONY: fuzz
fuzz:
	@$(MAKE) -s -j2 CC=clang BUILD=$(FUZZ_BUILD) CFLAGS='-O1 -g' SAN=fuzzer-no-link,address,undefined $(FUZZERS)
	@for target in $(FUZZERS); do \
		corpus=test/fuzz/corpus/$$(basename $$target); echo "== $$corpus"; mkdir -p $$corpus; \
		$$target -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=4096 -print_final_stats=1 $$corpus || exit 1; \
	done
$(FUZZ_BUILD)/run/fuzz_cli_%: $(FUZZ_BUILD)/test/fuzz/fuzz_cli_%.o $(COMMON_OBJECTS) $(ARCHIVE)
	@mkdir -p $(@D)
	clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)
$(FUZZ_BUILD)/run/%: $(FUZZ_BUILD)/test/fuzz/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

BINDIR = $(DESTDIR)$(PREFIX)/bin
INCLUDEDIR = $(DESTDIR)$(PREFIX)/include
DATADIR = $(DESTDIR)$(PREFIX)/share
MANDIR = $(DATADIR)/man
COMPLETED = $(notdir $(TOOLS)) mc-admin
COMPLETIONS = $(DATADIR)/bash-completion/completions $(DESTDIR)$(ZSHDIR) $(DATADIR)/fish/vendor_completions.d
UNITS = $(wildcard dist/systemd/*)
HEADERS = $(filter-out %_int.h,$(wildcard libminiclass/*.h libminiclass/*/*.h))

.PHONY: install uninstall
install: all
	install -d $(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 755 $(PROGRAMS) $(BINDIR)
	install -m 755 $(SO) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SO)) $(DESTDIR)$(LIBDIR)/libminiclass.so
	install -m 644 $(ARCHIVE) $(DESTDIR)$(LIBDIR)
	for header in $(HEADERS); do install -D -m 644 $$header $(INCLUDEDIR)/$$header || exit 1; done
	umask 022; sed 's|@prefix@|$(PREFIX)|; s|@libdir@|$(LIBDIR)|; s|@includedir@|$(PREFIX)/include|; s|@version@|$(VERSION)|' \
		libminiclass/libminiclass.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/libminiclass.pc
	for page in docs/man/*.[1-8] $(MANUALS); do [ ! -f "$$page" ] || \
		install -D -m 644 $$page $(MANDIR)/man$${page##*.}/$$(basename $$page) || exit 1; done
	install -d $(COMPLETIONS)
	umask 022; for tool in $(COMPLETED); do \
		$(BUILD)/bin/$$tool --completion bash >$(DATADIR)/bash-completion/completions/$$tool && \
		$(BUILD)/bin/$$tool --completion zsh >$(DESTDIR)$(ZSHDIR)/_$$tool && \
		$(BUILD)/bin/$$tool --completion fish >$(DATADIR)/fish/vendor_completions.d/$$tool.fish || exit 1; done
	install -d $(DESTDIR)$(SYSTEMDDIR) $(DESTDIR)$(SYSTEMDDIR)-preset $(DESTDIR)$(PREFIX)/lib/sysusers.d \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d
	for unit in $(UNITS); do sed "s|/usr/bin/|$(PREFIX)/bin/|" $$unit | \
		install -m 644 /dev/stdin $(DESTDIR)$(SYSTEMDDIR)/$${unit##*/} || exit 1; done
	install -m 644 dist/miniclass.preset $(DESTDIR)$(SYSTEMDDIR)-preset/50-miniclass.preset
	install -m 644 dist/miniclass.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/miniclass.conf
	install -m 644 dist/miniclass.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/miniclass.conf
	[ -e $(DESTDIR)$(SYSCONFDIR)/miniclass/miniclass.conf ] || \
		install -D -m 644 dist/miniclass.conf $(DESTDIR)$(SYSCONFDIR)/miniclass/miniclass.conf
	@[ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true

uninstall:
	rm -f $(PROGRAMS:$(BUILD)/bin/%=$(BINDIR)/%) $(DESTDIR)$(LIBDIR)/libminiclass.*
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/libminiclass.pc
	for page in docs/man/*.[1-8] $(MANUALS); do rm -f $(MANDIR)/man$${page##*.}/$$(basename $$page); done
	for tool in $(COMPLETED); do rm -f $(DATADIR)/bash-completion/completions/$$tool \
		$(DESTDIR)$(ZSHDIR)/_$$tool $(DATADIR)/fish/vendor_completions.d/$$tool.fish; done
	rm -f $(UNITS:dist/systemd/%=$(DESTDIR)$(SYSTEMDDIR)/%)
	rm -f $(DESTDIR)$(SYSTEMDDIR)-preset/50-miniclass.preset
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/miniclass.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/miniclass.conf
	rm -rf $(INCLUDEDIR)/libminiclass

# The Debian packages, in $(BUILD)/deb; from a copy, so that nothing of it stays in the tree. What check-deb makes to
# upgrade to is not for installing, and not among them.
.PHONY: deb check-deb
deb:
	@sh test/packages.sh build deb
	@sh dist/deb.sh $(BUILD)/deb $(VERSION)
check-deb:
	@sh test/packages.sh build deb
	@exec sh test/deb/run.sh $(BUILD)/check-deb

.PHONY: clean
clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
