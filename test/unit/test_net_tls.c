/* Certificates: whom each end trusts, what is offered, and what a reload changes. */

#include "libminiclass/net/tls.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "libminiclass/net/stream.h"
#include "test/unit/net_tls.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(test_a_client_refuses_every_name_but_the_certificates),
		TLS_TEST(test_without_a_name_a_client_does_not_connect),
		TLS_TEST(test_a_client_refuses_an_authority_that_it_does_not_know),
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
