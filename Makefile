# Mini Classroom: the whole build on one page.
#
#	make            programs and library, under build/
#	make run        everything up against a private PostgreSQL, until Ctrl-C
#	make help       the other targets

VERSION := 0.1.0
SOVERSION := 0

CC ?= gcc
SAN ?=
BUILD ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
comma := ,

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=

WARNINGS := -pedantic -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wcast-qual -Wpointer-arith -Wvla -Wwrite-strings -Wswitch-enum -Wundef \
	-Wformat=2 -Werror
PACKAGES := libpq json-c libargon2 openssl libutf8proc
PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) | sed 's/-I/-isystem /g')
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lcmark-gfm-extensions -lcmark-gfm -lpthread

CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DMC_VERSION='"$(VERSION)"' $(WARNINGS) $(CFLAGS) -fPIC \
	-fno-semantic-interposition -fstack-protector-strong -fno-omit-frame-pointer \
	$(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2) \
	-I. -I$(BUILD) $(PACKAGE_CFLAGS) -MMD -MP
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN)) -Wl,-z,relro,-z,now

LIB_SOURCES := $(wildcard libminiclass/*/*.c)
SERVER_SOURCES := $(wildcard server/*.c server/handlers/*.c)
UNIT_SOURCES := $(wildcard test/unit/test_*.c)
MODEL_SOURCES := $(wildcard test/model/test_*.c)
FUZZ_SOURCES := $(wildcard test/fuzz/fuzz_*.c)

LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/migrations.o
SERVER_OBJECTS := $(SERVER_SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/assets_data.o
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(BUILD)/%)
MODEL_TESTS := $(MODEL_SOURCES:%.c=$(BUILD)/%)
FUZZ_REPLAYS := $(FUZZ_SOURCES:%.c=$(BUILD)/%)

SO := $(BUILD)/lib/libminiclass.so.$(SOVERSION)
ARCHIVE := $(BUILD)/lib/libminiclass.a
PROGRAMS := $(BUILD)/bin/mc-server $(BUILD)/bin/mc-admin

.PHONY: all
all: $(PROGRAMS) $(SO) $(ARCHIVE)

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

# Programs find the library beside them, in the build tree and where they are installed.
$(BUILD)/bin/mc-server: $(SERVER_OBJECTS) $(SO)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $(SERVER_OBJECTS) \
		-L$(BUILD)/lib -lminiclass $(LIBS)

$(BUILD)/bin/mc-%: $(BUILD)/cli/mc_%.o $(SO)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $< -L$(BUILD)/lib -lminiclass $(LIBS)

# What is built in: migrations into the library, templates and static files into mc-server.
$(BUILD)/migrations.c: sql/embed.sh $(wildcard sql/migrations/*.sql)
	@mkdir -p $(@D)
	sh sql/embed.sh sql/migrations >$@.new && mv $@.new $@

$(BUILD)/assets_data.c: $(BUILD)/html/embed $(wildcard html/templates/*.html html/templates/*/*.html html/static/*)
	$(BUILD)/html/embed html >$@.new && mv $@.new $@

$(BUILD)/html/embed: $(BUILD)/html/embed.o $(BUILD)/server/html_dir.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -ldeflate

# Tests: a unit test links the archive and, where it tests a program's part, that part's objects.
$(BUILD)/test/unit/test_server_%: $(BUILD)/test/unit/test_server_%.o $(filter-out %/main.o,$(SERVER_OBJECTS)) $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/unit/%: $(BUILD)/test/unit/%.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/model/%: $(BUILD)/test/model/%.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/test/fuzz/%: $(BUILD)/test/fuzz/%.o $(BUILD)/test/fuzz/driver.o $(ARCHIVE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: clean
clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
