/*
 * net_tls - what the tests of TLS share: certificates that are made here and live for a test, and
 * both ends of a connection in one thread.
 */
#ifndef TEST_UNIT_NET_TLS_H
#define TEST_UNIT_NET_TLS_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "libminiclass/net/stream.h"
#include "libminiclass/net/tls.h"
#include "test/unit/check.h"

/* Where a certificate and its key lie: a folder of their own. */
struct files {
	char folder[64];
	char cert[80], key[80];
};

/* With a cipher the key is encrypted; its passphrase is "secret". */
static inline void
write_pair(const struct files *files, X509 *cert, EVP_PKEY *pair, const EVP_CIPHER *cipher)
{
	unsigned char passphrase[] = "secret";
	FILE *out = fopen(files->cert, "w");

	assert_non_null(out);
	check_int(1, PEM_write_X509(out, cert), "certificate");
	fclose(out);
	out = fopen(files->key, "w");
	assert_non_null(out);
	check_int(1,
		PEM_write_PrivateKey(
			out, pair, cipher, cipher ? passphrase : NULL, cipher ? 6 : 0, NULL, NULL),
		"key");
	fclose(out);
}

/* The value is written as in openssl.cnf. */
static inline void
add_extension(X509 *cert, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

	assert_non_null(extension);
	check_int(1, X509_add_ext(cert, extension, -1), "extension");
	X509_EXTENSION_free(extension);
}

/* A new key and a certificate that signs itself, for the names in `names`. */
static inline void
make_certificate(const struct files *files, const char *names, const EVP_CIPHER *cipher)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	static long serial = 1;

	assert_true(pair != NULL && cert != NULL);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, pair);
	X509_NAME *subject = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(
		subject, "CN", MBSTRING_ASC, (const unsigned char *)"a test", -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_subject_alt_name, names);
	assert_true(X509_sign(cert, pair, EVP_sha256()) > 0);
	write_pair(files, cert, pair, cipher);
	X509_free(cert);
	EVP_PKEY_free(pair);
}

/* A folder with a certificate for the names in it; files_close() removes all three. */
static inline struct files
files_open(const char *names)
{
	struct files files = { .folder = "/tmp/mc-tls-XXXXXX" };

	assert_non_null(mkdtemp(files.folder));
	snprintf(files.cert, sizeof(files.cert), "%s/cert.pem", files.folder);
	snprintf(files.key, sizeof(files.key), "%s/key.pem", files.folder);
	make_certificate(&files, names, NULL);
	return files;
}

static inline void
files_close(const struct files *files)
{
	unlink(files->cert);
	unlink(files->key);
	rmdir(files->folder);
}

/* A server, a client that trusts it, and their certificate. */
struct world {
	struct files files;
	struct mc_tls *server, *client;
};

static inline int
world_open(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct mc_error error = { .message = "" };

	assert_non_null(world);
	world->files = files_open("DNS:class.example,IP:192.0.2.7");
	if (mc_tls_server(world->files.cert, world->files.key, &world->server, &error) != MC_OK ||
		mc_tls_client(world->files.cert, &world->client, &error) != MC_OK)
		fail_msg("%s", error.message);
	*state = world;
	return 0;
}

static inline int
world_close(void **state)
{
	struct world *world = *state;

	mc_tls_destroy(world->server);
	mc_tls_destroy(world->client);
	files_close(&world->files);
	free(world);
	return 0;
}

/* A test that gets a world of its own as its state. */
#define TLS_TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

/* Of one connection. */
struct ends {
	struct mc_stream server, client;
};

/* Connected, but not a byte has been sent; the client expects `host`. */
static inline struct ends
ends_open(const struct world *world, const char *host)
{
	struct ends ends;
	int fds[2];

	check_int(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
		"socketpair");
	check_int(MC_OK, mc_stream_accept(&ends.server, fds[0], world->server), "accept");
	check_int(MC_OK, mc_stream_connect(&ends.client, fds[1], world->client, host), "connect");
	return ends;
}

static inline void
ends_close(struct ends *ends)
{
	mc_stream_close(&ends->server);
	mc_stream_close(&ends->client);
}

/* Reads at both ends until neither has anything to say to the other: the worse of the two results.
 */
static inline enum mc_io
shake_hands(struct ends *ends)
{
	enum mc_io server = MC_IO_AGAIN, client = MC_IO_AGAIN;
	char out[64];
	size_t n;

	for (int i = 0; i < 8 && server != MC_IO_FAILED && client != MC_IO_FAILED; i++) {
		client = mc_stream_read(&ends->client, out, sizeof(out), &n);
		server = mc_stream_read(&ends->server, out, sizeof(out), &n);
	}
	return server > client ? server : client;
}

/* Connected, and the handshake is done. */
static inline struct ends
ends_ready(const struct world *world)
{
	struct ends ends = ends_open(world, "class.example");

	check_int(MC_IO_AGAIN, shake_hands(&ends), "handshake");
	return ends;
}

/* At most 256 bytes, from memory that is gone afterwards. */
static inline void
send_text(struct mc_stream *from, const char *text)
{
	char copy[256];
	struct iovec part = { copy, strlen(text) };
	size_t n = 0;

	assert_true(part.iov_len <= sizeof(copy));
	memcpy(copy, text, part.iov_len);
	check_int(MC_IO_OK, mc_stream_writev(from, &part, 1, &n), "write");
	check_int(part.iov_len, n, "whole");
}

/* One read gives exactly this. */
static inline void
check_text(const char *expected, struct mc_stream *to)
{
	char out[256];
	size_t n = 0;

	check_int(MC_IO_OK, mc_stream_read(to, out, sizeof(out), &n), "read");
	struct mc_str got = { out, n };
	check_str(mc_str_from(expected), got, "text");
}

#endif
