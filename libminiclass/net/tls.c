/*
 * OpenSSL reads and writes the socket through a BIO of our own, for two reasons: a peer
 * that is gone must not raise SIGPIPE, and a read that got less than it asked for has
 * emptied the socket, so the read that would only say EAGAIN is left out.
 */
#include "libminiclass/net/tls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "libminiclass/base/lock.h"
#include "libminiclass/net/tls_int.h"

/* RFC 9325, 4.2: forward secrecy and AEAD only.  TLS 1.3 has nothing else. */
static const char ciphers_1_2[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

struct mc_tls {
	bool server;           /* set at creation, as are the files and the method */
	char *cert, *key, *ca; /* owned; NULL: none */
	BIO_METHOD *method;    /* owned */
	struct mc_lock lock;
	SSL_CTX *ctx; /* lock; a reference: each connection has its own */
};

/* Owned by its BIO.  Thread of the stream. */
struct wire {
	int fd;       /* borrowed */
	bool drained; /* the last read emptied the socket */
};

static int
wire_write(BIO *bio, const char *bytes, int size)
{
	const struct wire *wire = BIO_get_data(bio);
	ssize_t sent;

	BIO_clear_retry_flags(bio);
	do
		sent = send(wire->fd, bytes, (size_t)size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_write(bio);
	return (int)sent;
}

static int
wire_read(BIO *bio, char *out, int size)
{
	struct wire *wire = BIO_get_data(bio);
	ssize_t got = -1;

	BIO_clear_retry_flags(bio);
	if (wire->drained) {
		BIO_set_retry_read(bio);
		return -1;
	}
	do
		got = recv(wire->fd, out, (size_t)size, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_read(bio);
	/* 0 is the end and stays so: it must be seen again by the next read. */
	wire->drained = got > 0 && got < size;
	return (int)got;
}

static long
wire_control(BIO *bio, int command, long number, void *ptr)
{
	(void)bio;
	(void)number;
	(void)ptr;
	return command == BIO_CTRL_FLUSH; /* nothing is held back here */
}

static int
wire_destroy(BIO *bio)
{
	free(BIO_get_data(bio));
	BIO_set_data(bio, NULL);
	return 1;
}

static BIO_METHOD *
method_create(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "miniclass socket");

	if (method == NULL)
		return NULL;
	if (BIO_meth_set_write(method, wire_write) && BIO_meth_set_read(method, wire_read) &&
		BIO_meth_set_ctrl(method, wire_control) &&
		BIO_meth_set_destroy(method, wire_destroy))
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* The first error in OpenSSL's queue is the cause; the later ones say who was told of it. */
static enum mc_status
refused(struct mc_error *error, const char *what, const char *file)
{
	unsigned long code = ERR_peek_error();
	const char *reason;

	if (ERR_SYSTEM_ERROR(code))
		reason = strerrordesc_np(ERR_GET_REASON(code));
	else
		reason = ERR_reason_error_string(code);
	ERR_clear_error();
	return mc_error_set(error, MC_INVALID, NULL, "%s %s: %s", what, file,
		reason != NULL ? reason : "no reason given");
}

/*
 * A key with a passphrase is refused: a daemon has nobody to ask, and must not wait for a
 * terminal.
 */
static int
no_passphrase(char *out, int size, int writing, void *data)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

static SSL_CTX *
ctx_create(bool server)
{
	char groups[] = "X25519:P-256:P-384";
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

	if (ctx == NULL)
		return NULL;
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ||
		!SSL_CTX_set_cipher_list(ctx, ciphers_1_2) ||
		!SSL_CTX_set1_groups_list(ctx, groups)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* A record in one read, not its header and then the rest. */
	SSL_CTX_set_read_ahead(ctx, 1);
	/* Sessions live in tickets at the client; a cache here would be memory and a lock. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	return ctx;
}

static enum mc_status
load_server(const struct mc_tls *tls, SSL_CTX *ctx, struct mc_error *error)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, tls->cert) != 1)
		return refused(error, "certificate", tls->cert);
	if (SSL_CTX_use_PrivateKey_file(ctx, tls->key, SSL_FILETYPE_PEM) != 1 ||
		SSL_CTX_check_private_key(ctx) != 1)
		return refused(error, "key", tls->key);
	return MC_OK;
}

static enum mc_status
load_client(const struct mc_tls *tls, SSL_CTX *ctx, struct mc_error *error)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (tls->ca == NULL && SSL_CTX_set_default_verify_paths(ctx) != 1)
		return refused(error, "authorities of", "this system");
	if (tls->ca != NULL && SSL_CTX_load_verify_file(ctx, tls->ca) != 1)
		return refused(error, "authorities", tls->ca);
	return MC_OK;
}

enum mc_status
mc_tls_reload(struct mc_tls *tls, struct mc_error *error)
{
	enum mc_status status;

	ERR_clear_error();
	SSL_CTX *ctx = ctx_create(tls->server);
	if (ctx == NULL) {
		ERR_clear_error();
		return mc_error_set(error, MC_NO_MEMORY, NULL, "no TLS context could be made");
	}
	status = tls->server ? load_server(tls, ctx, error) : load_client(tls, ctx, error);
	if (status == MC_OK) {
		mc_lock_take(&tls->lock);
		SSL_CTX *old = tls->ctx;
		tls->ctx = ctx;
		mc_lock_release(&tls->lock);
		ctx = old;
	}
	SSL_CTX_free(ctx);
	return status;
}

static bool
copy_text(const char *text, char **out)
{
	if (text == NULL)
		return true;
	*out = strdup(text);
	return *out != NULL;
}

static enum mc_status
tls_create(bool server, const char *cert, const char *key, const char *ca, struct mc_tls **out,
	struct mc_error *error)
{
	enum mc_status status;
	struct mc_tls *tls = calloc(1, sizeof(*tls));

	if (tls == NULL)
		return mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	mc_lock_init(&tls->lock, "tls", MC_LOCK_TLS);
	tls->server = server;
	tls->method = method_create();
	if (tls->method == NULL || !copy_text(cert, &tls->cert) || !copy_text(key, &tls->key) ||
		!copy_text(ca, &tls->ca))
		status = mc_error_set(error, MC_NO_MEMORY, NULL, "out of memory");
	else
		status = mc_tls_reload(tls, error);

	if (status == MC_OK)
		*out = tls;
	else
		mc_tls_destroy(tls);
	return status;
}

enum mc_status
mc_tls_server(
	const char *cert_file, const char *key_file, struct mc_tls **out, struct mc_error *error)
{
	return tls_create(true, cert_file, key_file, NULL, out, error);
}

enum mc_status
mc_tls_client(const char *ca_file, struct mc_tls **out, struct mc_error *error)
{
	return tls_create(false, NULL, NULL, ca_file, out, error);
}

void
mc_tls_destroy(struct mc_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->method);
	mc_lock_finish(&tls->lock);
	free(tls->cert);
	free(tls->key);
	free(tls->ca);
	free(tls);
}

static BIO *
bio_create(const BIO_METHOD *method, int fd)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	BIO *bio = wire != NULL ? BIO_new(method) : NULL;

	if (bio == NULL) {
		free(wire);
		return NULL;
	}
	wire->fd = fd;
	BIO_set_data(bio, wire);
	BIO_set_init(bio, 1);
	return bio;
}

SSL *
tls_ssl_create(struct mc_tls *tls, int fd)
{
	ERR_clear_error();
	mc_lock_take(&tls->lock);
	SSL_CTX *ctx = tls->ctx;
	SSL_CTX_up_ref(ctx);
	mc_lock_release(&tls->lock);

	SSL *ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	BIO *bio = ssl != NULL ? bio_create(tls->method, fd) : NULL;
	if (bio == NULL) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_bio(ssl, bio, bio);
	if (tls->server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	return ssl;
}

void
tls_ssl_rouse(SSL *ssl)
{
	struct wire *wire = BIO_get_data(SSL_get_rbio(ssl));

	wire->drained = false;
}
