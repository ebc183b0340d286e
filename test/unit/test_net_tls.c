/* Streams through TLS, both ends in one thread; certificates are made here and live for a test. */

#include "libminiclass/net/tls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "libminiclass/net/stream.h"

#include "test/unit/check.h"

/* RFC 8446, 5: the header of a record, and the type of what looks like application data. */
enum { RECORD_HEADER = 5, RECORD_DATA = 23 };

struct files {
	char folder[64];
	char cert[80], key[80];
};

static void
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

static void
add_extension(X509 *cert, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);

	assert_non_null(extension);
	check_int(1, X509_add_ext(cert, extension, -1), "extension");
	X509_EXTENSION_free(extension);
}

/* A new key and a certificate that signs itself, for the names in `names`. */
static void
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

static struct files
files_open(const char *names)
{
	struct files files = { .folder = "/tmp/mc-tls-XXXXXX" };

	assert_non_null(mkdtemp(files.folder));
	snprintf(files.cert, sizeof(files.cert), "%s/cert.pem", files.folder);
	snprintf(files.key, sizeof(files.key), "%s/key.pem", files.folder);
	make_certificate(&files, names, NULL);
	return files;
}

static void
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

static int
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

static int
world_close(void **state)
{
	struct world *world = *state;

	mc_tls_destroy(world->server);
	mc_tls_destroy(world->client);
	files_close(&world->files);
	free(world);
	return 0;
}

struct ends {
	struct mc_stream server, client;
};

static struct ends
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

static void
ends_close(struct ends *ends)
{
	mc_stream_close(&ends->server);
	mc_stream_close(&ends->client);
}

/* Reads at both ends until neither has anything to say to the other: the worse of the two results.
 */
static enum mc_io
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

static struct ends
ends_ready(const struct world *world)
{
	struct ends ends = ends_open(world, "class.example");

	check_int(MC_IO_AGAIN, shake_hands(&ends), "handshake");
	return ends;
}

static void
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

static void
check_text(const char *expected, struct mc_stream *to)
{
	char out[256];
	size_t n = 0;

	check_int(MC_IO_OK, mc_stream_read(to, out, sizeof(out), &n), "read");
	struct mc_str got = { out, n };
	check_str(mc_str_from(expected), got, "text");
}

static void
test_bytes_go_both_ways_and_the_handshake_by_itself(void **state)
{
	struct ends ends = ends_ready(*state);

	send_text(&ends.client, "GET / HTTP/1.1\r\n\r\n");
	check_text("GET / HTTP/1.1\r\n\r\n", &ends.server);
	send_text(&ends.server, "HTTP/1.1 204 No Content\r\n\r\n");
	check_text("HTTP/1.1 204 No Content\r\n\r\n", &ends.client);
	ends_close(&ends);
}

static void
test_a_client_refuses_every_name_but_the_certificates(void **state)
{
	static const struct {
		const char *host;
		enum mc_io result;
	} cases[] = {
		{ "class.example", MC_IO_AGAIN },
		{ "CLASS.example", MC_IO_AGAIN },
		{ "192.0.2.7", MC_IO_AGAIN },
		{ "192.0.2.8", MC_IO_FAILED },
		{ "other.example", MC_IO_FAILED },
		{ "www.class.example", MC_IO_FAILED },
		{ "example", MC_IO_FAILED },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct ends ends = ends_open(*state, cases[i].host);
		check_int(cases[i].result, shake_hands(&ends), cases[i].host);
		ends_close(&ends);
	}
}

static void
test_without_a_name_a_client_does_not_connect(void **state)
{
	const struct world *world = *state;
	struct mc_stream stream;
	int fds[2];

	check_int(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
	check_int(MC_INVALID, mc_stream_connect(&stream, fds[0], world->client, ""), "no name");
	check_int(-1, stream.fd, "consumed");
	check_int(0, recv(fds[1], &fds[0], 1, 0), "and closed");
	close(fds[1]);
}

static void
test_a_client_refuses_an_authority_that_it_does_not_know(void **state)
{
	const struct world *world = *state;
	struct files strange = files_open("DNS:class.example");
	struct world other = { .client = world->client };

	check_int(MC_OK, mc_tls_server(strange.cert, strange.key, &other.server, NULL), "server");
	struct ends ends = ends_open(&other, "class.example");
	check_int(MC_IO_FAILED, shake_hands(&ends), "unknown");
	ends_close(&ends);
	mc_tls_destroy(other.server);
	files_close(&strange);
}

/* Looks at what lies in the socket, without taking it. */
static int
count_records(int fd)
{
	static unsigned char bytes[200000];
	ssize_t len = recv(fd, bytes, sizeof(bytes), MSG_PEEK);
	ssize_t at = 0;
	int count = 0;

	while (len - at >= RECORD_HEADER) {
		check_int(RECORD_DATA, bytes[at], "type");
		at += RECORD_HEADER + (bytes[at + 3] << 8 | bytes[at + 4]);
		count++;
	}
	check_int(len, at, "whole records");
	return count;
}

static void
test_parts_are_packed_into_as_few_records_as_there_can_be(void **state)
{
	enum { RECORD = 16384 };
	static char bytes[4 * RECORD];
	static const struct {
		const char *what;
		size_t parts[4];
		int records;
	} cases[] = {
		{ "head and body", { 300, 900 }, 1 },
		{ "with empty parts between", { 0, 300, 0, 900 }, 1 },
		{ "exactly a record", { 384, RECORD - 384 }, 1 },
		{ "a byte more", { 384, RECORD - 383 }, 2 },
		{ "a big body", { 300, 2 * RECORD }, 3 },
		{ "a body of records", { 2 * RECORD }, 2 },
		{ "many small ones", { 100, 100, 100, 100 }, 1 },
	};

	for (size_t i = 0; i < MC_COUNT(cases); i++) {
		struct ends ends = ends_ready(*state);
		struct iovec parts[4];
		size_t total = 0, n = 0;
		for (size_t j = 0; j < 4; j++) {
			parts[j] = (struct iovec){ bytes + total, cases[i].parts[j] };
			total += cases[i].parts[j];
		}
		check_int(MC_IO_OK, mc_stream_writev(&ends.server, parts, 4, &n), cases[i].what);
		check_int(total, n, cases[i].what);
		check_int(cases[i].records, count_records(ends.client.fd), cases[i].what);
		ends_close(&ends);
	}
}

/*
 * Presents the bytes in memory of their own, cut in two at `head`, as a connection does that has
 * dropped what was written and appended the next answer.
 */
static enum mc_io
write_from_elsewhere(
	struct mc_stream *to, const unsigned char *bytes, size_t len, size_t head, size_t *n)
{
	unsigned char *moved = malloc(len);

	assert_non_null(moved);
	memcpy(moved, bytes, len);
	head = head < len ? head : len;
	struct iovec parts[] = { { moved, head }, { moved + head, len - head } };
	enum mc_io io = mc_stream_writev(to, parts, 2, n);
	memset(moved, 0xEE, len);
	free(moved);
	return io;
}

static void
test_what_a_full_socket_did_not_take_is_written_later_from_elsewhere(void **state)
{
	enum { SIZE = 300007, SOCKET = 40000, READ = 3001 };
	static unsigned char sent[SIZE], got[SIZE + READ];
	struct ends ends = ends_ready(*state);
	size_t n_sent = 0, n_got = 0, n = 0;
	int buffer = SOCKET, n_again = 0;

	check_int(0, setsockopt(ends.server.fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)),
		"a small buffer");
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (unsigned char)(i * 31 + i / 251);
	for (size_t turn = 0; n_got < SIZE; turn++) {
		enum mc_io io = MC_IO_AGAIN;
		if (n_sent < SIZE)
			io = write_from_elsewhere(
				&ends.server, sent + n_sent, SIZE - n_sent, turn * 997, &n);
		assert_true(io == MC_IO_OK || io == MC_IO_AGAIN);
		n_sent += io == MC_IO_OK ? n : 0;
		n_again += io == MC_IO_AGAIN && n_sent < SIZE;
		check_int(MC_IO_OK, mc_stream_read(&ends.client, got + n_got, READ, &n), "read");
		n_got += n;
	}
	check_int(SIZE, n_got, "no byte more");
	assert_true(n_again > 10);
	assert_memory_equal(sent, got, SIZE);
	ends_close(&ends);
}

/* The loop reports an edge: what a read leaves behind would wait for ever. */
static void
test_a_short_count_means_that_every_record_was_read(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[64];
	size_t n = 0;

	send_text(&ends.client, "one ");
	send_text(&ends.client, "two ");
	send_text(&ends.client, "three");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "read");
	struct mc_str got = { out, n };
	check_str(MC_STR("one two three"), got, "all three");
	check_int(MC_IO_AGAIN, mc_stream_read(&ends.server, out, sizeof(out), &n), "empty");

	send_text(&ends.client, "four");
	check_text("four", &ends.server);
	ends_close(&ends);
}

static void
test_a_read_goes_on_where_openssl_had_filled_its_own_buffer(void **state)
{
	enum { SIZE = 60000 };
	static char sent[SIZE], got[SIZE + 1];
	struct ends ends = ends_ready(*state);
	struct iovec part = { sent, SIZE };
	size_t n = 0;

	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (char)(i % 127);
	check_int(MC_IO_OK, mc_stream_writev(&ends.client, &part, 1, &n), "write");
	check_int(SIZE, n, "all written");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, got, sizeof(got), &n), "read");
	check_int(SIZE, n, "all read");
	assert_memory_equal(sent, got, SIZE);
	ends_close(&ends);
}

static void
test_a_record_larger_than_the_buffer_is_read_in_pieces(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[4];
	size_t n = 0;

	send_text(&ends.client, "abcdefghij");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "first");
	check_int(4, n, "full");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "second");
	check_int(4, n, "full");
	check_int(MC_IO_OK, mc_stream_read(&ends.server, out, sizeof(out), &n), "third");
	check_int(2, n, "short");
	assert_memory_equal("ij", out, 2);
	ends_close(&ends);
}

static void
test_an_end_that_was_announced_is_told_from_one_that_may_be_forged(void **state)
{
	struct ends ends = ends_ready(*state);
	char out[16];
	size_t n = 0;

	send_text(&ends.client, "last words");
	mc_stream_shutdown(&ends.client);
	check_text("last words", &ends.server);
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.server, out, sizeof(out), &n), "announced");
	check_int(MC_IO_CLOSED, mc_stream_read(&ends.server, out, sizeof(out), &n), "for good");
	send_text(&ends.server, "answer");
	check_text("answer", &ends.client);
	ends_close(&ends);

	ends = ends_ready(*state);
	shutdown(ends.client.fd, SHUT_WR);
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "cut off");
	ends_close(&ends);
}

static void
test_what_is_no_tls_fails_and_goes_on_failing(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: class.example\r\n\r\n";
	struct ends ends = ends_open(*state, "class.example");
	char out[16];
	size_t n = 0;

	check_int(sizeof(request) - 1, send(ends.client.fd, request, sizeof(request) - 1, 0), "s");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "clear text");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "again");
	ends_close(&ends);

	ends = ends_ready(*state);
	send_text(&ends.client, "good");
	check_int(sizeof(request) - 1, send(ends.client.fd, request, sizeof(request) - 1, 0), "s");
	check_text("good", &ends.server);
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "forged");
	check_int(MC_IO_FAILED, mc_stream_read(&ends.server, out, sizeof(out), &n), "again");
	ends_close(&ends);
}

static void
test_writing_to_a_peer_that_has_gone_fails_without_a_signal(void **state)
{
	struct ends ends = ends_ready(*state);
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	size_t n;

	mc_stream_close(&ends.client);
	check_int(MC_IO_FAILED, mc_stream_writev(&ends.server, &part, 1, &n), "gone");
	mc_stream_shutdown(&ends.server);
	ends_close(&ends);
}

/* RFC 9325, 3.1.1 and 4.2: nothing below 1.2, and there only ephemeral keys with AEAD. */
static void
test_only_versions_and_ciphers_that_are_advised_are_offered(void **state)
{
	struct ends ends = ends_open(*state, "class.example");
	SSL *ssl = ends.server.ssl;
	STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(ssl);

	check_int(TLS1_2_VERSION, SSL_get_min_proto_version(ssl), "oldest");
	assert_true(sk_SSL_CIPHER_num(ciphers) > 0);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
		const char *name = SSL_CIPHER_get_name(cipher);
		int exchange = SSL_CIPHER_get_kx_nid(cipher);
		check_int(1, SSL_CIPHER_is_aead(cipher), name);
		check_int(true, exchange == NID_kx_ecdhe || exchange == NID_kx_any, name);
		check_int(true, SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null, name);
	}
	assert_true(SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION);
	assert_true(SSL_get_options(ssl) & SSL_OP_NO_COMPRESSION);
	ends_close(&ends);
}

static void
test_a_client_of_tls_1_2_is_served(void **state)
{
	struct ends ends = ends_open(*state, "class.example");

	check_int(1, SSL_set_max_proto_version(ends.client.ssl, TLS1_2_VERSION), "version");
	check_int(MC_IO_AGAIN, shake_hands(&ends), "handshake");
	check_int(TLS1_2_VERSION, SSL_version(ends.server.ssl), "version");
	send_text(&ends.client, "hello");
	check_text("hello", &ends.server);
	ends_close(&ends);
}

static long
serial_seen(const struct ends *ends)
{
	X509 *cert = SSL_get1_peer_certificate(ends->client.ssl);

	assert_non_null(cert);
	long serial = ASN1_INTEGER_get(X509_get0_serialNumber(cert));
	X509_free(cert);
	return serial;
}

static void
test_a_new_certificate_is_for_new_connections_and_old_ones_go_on(void **state)
{
	struct world *world = *state;
	struct ends old = ends_ready(world);

	make_certificate(&world->files, "DNS:class.example", NULL);
	check_int(MC_OK, mc_tls_reload(world->server, NULL), "server");
	check_int(MC_OK, mc_tls_reload(world->client, NULL), "client");
	struct ends new = ends_ready(world);
	assert_true(serial_seen(&old) != serial_seen(&new));

	send_text(&old.client, "still here");
	check_text("still here", &old.server);
	send_text(&new.client, "me too");
	check_text("me too", &new.server);
	ends_close(&old);
	ends_close(&new);
}

static void
test_a_reload_that_fails_keeps_the_old_certificate_and_says_why(void **state)
{
	struct world *world = *state;
	struct mc_error error = { .message = "" };

	check_int(0, truncate(world->files.cert, 100), "a broken file");
	check_int(MC_INVALID, mc_tls_reload(world->server, &error), "broken");
	assert_non_null(strstr(error.message, world->files.cert));
	check_int(0, unlink(world->files.cert), "no file");
	check_int(MC_INVALID, mc_tls_reload(world->server, &error), "missing");
	assert_non_null(strstr(error.message, "No such file"));

	struct ends ends = ends_ready(world);
	ends_close(&ends);
}

static void
test_a_key_of_another_certificate_is_refused(void **state)
{
	const struct world *world = *state;
	struct files strange = files_open("DNS:class.example");
	struct mc_error error = { .message = "" };
	struct mc_tls *tls = NULL;

	check_int(MC_INVALID, mc_tls_server(world->files.cert, strange.key, &tls, &error), "key");
	assert_non_null(strstr(error.message, strange.key));
	assert_null(tls);
	files_close(&strange);
}

/* OpenSSL would ask the terminal, and a daemon would hang. */
static void
test_a_key_with_a_passphrase_is_refused_without_asking(void **state)
{
	struct world *world = *state;
	struct mc_tls *tls = NULL;

	make_certificate(&world->files, "DNS:class.example", EVP_aes_128_cbc());
	check_int(MC_INVALID, mc_tls_server(world->files.cert, world->files.key, &tls, NULL),
		"encrypted");
}

struct reloader {
	struct mc_tls *tls;
	int left;
};

static void *
reload_often(void *data)
{
	struct reloader *reloader = data;

	while (reloader->left > 0 && mc_tls_reload(reloader->tls, NULL) == MC_OK)
		reloader->left--;
	return NULL;
}

static void
test_a_certificate_may_be_reloaded_while_others_connect(void **state)
{
	struct world *world = *state;
	struct reloader reloader = { world->server, 50 };
	pthread_t thread;

	check_int(0, pthread_create(&thread, NULL, reload_often, &reloader), "thread");
	for (int i = 0; i < 50; i++) {
		struct ends ends = ends_ready(world);
		ends_close(&ends);
	}
	check_int(0, pthread_join(thread, NULL), "join");
	check_int(0, reloader.left, "all reloads");
}

#define TLS_TEST(function) cmocka_unit_test_setup_teardown(function, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(test_bytes_go_both_ways_and_the_handshake_by_itself),
		TLS_TEST(test_a_client_refuses_every_name_but_the_certificates),
		TLS_TEST(test_without_a_name_a_client_does_not_connect),
		TLS_TEST(test_a_client_refuses_an_authority_that_it_does_not_know),
		TLS_TEST(test_parts_are_packed_into_as_few_records_as_there_can_be),
		TLS_TEST(test_what_a_full_socket_did_not_take_is_written_later_from_elsewhere),
		TLS_TEST(test_a_short_count_means_that_every_record_was_read),
		TLS_TEST(test_a_read_goes_on_where_openssl_had_filled_its_own_buffer),
		TLS_TEST(test_a_record_larger_than_the_buffer_is_read_in_pieces),
		TLS_TEST(test_an_end_that_was_announced_is_told_from_one_that_may_be_forged),
		TLS_TEST(test_what_is_no_tls_fails_and_goes_on_failing),
		TLS_TEST(test_writing_to_a_peer_that_has_gone_fails_without_a_signal),
		TLS_TEST(test_only_versions_and_ciphers_that_are_advised_are_offered),
		TLS_TEST(test_a_client_of_tls_1_2_is_served),
		TLS_TEST(test_a_new_certificate_is_for_new_connections_and_old_ones_go_on),
		TLS_TEST(test_a_reload_that_fails_keeps_the_old_certificate_and_says_why),
		TLS_TEST(test_a_key_of_another_certificate_is_refused),
		TLS_TEST(test_a_key_with_a_passphrase_is_refused_without_asking),
		TLS_TEST(test_a_certificate_may_be_reloaded_while_others_connect),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
