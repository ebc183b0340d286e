#include "libminiclass/net/stream.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "libminiclass/net/tls_int.h"

/* The largest record: RFC 8446, 5.1. */
enum { RECORD_MAX = 16384 };

/* Where a gathering write is: parts[i] from its byte `at` on.  Never at the end of a part. */
struct place {
	const struct iovec *parts;
	int i, n_parts;
	size_t at;
};

static const struct mc_stream closed = { .fd = -1 };

static enum mc_status
open_stream(struct mc_stream *stream, int fd, struct mc_tls *tls)
{
	*stream = (struct mc_stream){ .fd = fd };
	if (tls == NULL)
		return MC_OK;
	stream->ssl = tls_ssl_create(tls, fd);
	if (stream->ssl != NULL)
		return MC_OK;
	mc_stream_close(stream);
	return MC_NO_MEMORY;
}

enum mc_status
mc_stream_accept(struct mc_stream *stream, int fd, struct mc_tls *tls)
{
	return open_stream(stream, fd, tls);
}

/* An address is looked for among the certificate's addresses, and is no SNI: RFC 6066, 3. */
static bool
expect_host(SSL *ssl, const char *host)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* The name is copied, though the macro takes it without const. */
	return SSL_set1_host(ssl, host) == 1 &&
	       SSL_set_tlsext_host_name(ssl, (void *)(uintptr_t)host) == 1;
}

enum mc_status
mc_stream_connect(struct mc_stream *stream, int fd, struct mc_tls *tls, const char *host)
{
	enum mc_status status = open_stream(stream, fd, tls);

	if (status != MC_OK || stream->ssl == NULL)
		return status;
	/* Without a name nothing would be verified. */
	if (host != NULL && host[0] != '\0' && expect_host(stream->ssl, host))
		return MC_OK;
	ERR_clear_error();
	mc_stream_close(stream);
	return MC_INVALID;
}

static enum mc_io
failure_in_clear(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK ? MC_IO_AGAIN : MC_IO_FAILED;
}

static enum mc_io
failure_of(const SSL *ssl, int result)
{
	int reason = SSL_get_error(ssl, result);

	ERR_clear_error();
	if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE)
		return MC_IO_AGAIN;
	/* An end without close_notify may be a forged one: RFC 8446, 6.1. */
	return reason == SSL_ERROR_ZERO_RETURN ? MC_IO_CLOSED : MC_IO_FAILED;
}

static enum mc_io
read_in_clear(int fd, void *out, size_t size, size_t *n)
{
	ssize_t got;

	do
		got = recv(fd, out, size, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return failure_in_clear();
	if (got == 0)
		return MC_IO_CLOSED;
	*n = (size_t)got;
	return MC_IO_OK;
}

/* Record by record, until there is no more: only then a short count means the same as in clear. */
static enum mc_io
read_tls(struct mc_stream *stream, char *out, size_t size, size_t *n)
{
	size_t total = 0;

	ERR_clear_error();
	tls_ssl_rouse(stream->ssl);
	while (total < size) {
		size_t got = 0;
		int result = SSL_read_ex(stream->ssl, out + total, size - total, &got);
		if (result != 1) {
			enum mc_io failure = failure_of(stream->ssl, result);
			if (total == 0)
				return failure;
			stream->ended = failure != MC_IO_AGAIN;
			break;
		}
		total += got;
	}
	*n = total;
	return MC_IO_OK;
}

enum mc_io
mc_stream_read(struct mc_stream *stream, void *out, size_t size, size_t *n)
{
	assert(size > 0);
	if (stream->ssl != NULL)
		return read_tls(stream, out, size, n);
	return read_in_clear(stream->fd, out, size, n);
}

static enum mc_io
write_in_clear(int fd, const struct iovec *parts, int n_parts, size_t *n)
{
	/*
	 * sendmsg reads the parts only, though its struct does not say so; unlike writev it can be
	 * told to raise no SIGPIPE.
	 */
	struct msghdr message = {
		.msg_iov = (struct iovec *)(uintptr_t)parts,
		.msg_iovlen = (size_t)n_parts,
	};
	ssize_t sent;

	/* One part is most of what chat sends: the kernel need not copy a description of it. */
	do
		sent = n_parts == 1 ? send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
				    : sendmsg(fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return failure_in_clear();
	*n = (size_t)sent;
	return MC_IO_OK;
}

/* Skips n bytes, and every part that is then at its end. */
static void
advance(struct place *place, size_t n)
{
	place->at += n;
	while (place->i < place->n_parts && place->at >= place->parts[place->i].iov_len) {
		place->at -= place->parts[place->i].iov_len;
		place->i++;
	}
}

static struct iovec
rest_of_part(const struct place *place)
{
	const struct iovec *part = &place->parts[place->i];

	return (struct iovec){ (char *)part->iov_base + place->at, part->iov_len - place->at };
}

static bool
is_last_part(const struct place *place)
{
	struct place next = *place;

	advance(&next, rest_of_part(place).iov_len);
	return next.i == next.n_parts;
}

/* Copies what goes into the next record; `place` stays. */
static size_t
gather(struct place place, char record[RECORD_MAX])
{
	size_t len = 0;

	while (place.i < place.n_parts && len < RECORD_MAX) {
		struct iovec rest = rest_of_part(&place);
		size_t n = rest.iov_len < RECORD_MAX - len ? rest.iov_len : RECORD_MAX - len;
		memcpy(record + len, rest.iov_base, n);
		len += n;
		advance(&place, n);
	}
	return len;
}

/*
 * One record.  A part that fills one by itself, or has nothing behind it, goes as it lies;
 * small ones are gathered, so that the head and the body of an answer are one record and
 * one packet. After AGAIN OpenSSL wants the same bytes at the front again, and no fewer:
 * what is offered is always a record's worth or all that is left, however the caller has
 * cut it into parts since.
 */
static enum mc_io
write_record(struct mc_stream *stream, const struct place *place, size_t *n)
{
	struct iovec rest = rest_of_part(place);
	char record[RECORD_MAX];

	if (rest.iov_len > RECORD_MAX) {
		rest.iov_len = RECORD_MAX;
	} else if (rest.iov_len < RECORD_MAX && !is_last_part(place)) {
		rest.iov_len = gather(*place, record);
		rest.iov_base = record;
	}
	int result = SSL_write_ex(stream->ssl, rest.iov_base, rest.iov_len, n);
	stream->owed = result == 1 ? 0 : rest.iov_len;
	return result == 1 ? MC_IO_OK : failure_of(stream->ssl, result);
}

static enum mc_io
write_tls(struct mc_stream *stream, const struct iovec *parts, int n_parts, size_t *n)
{
	struct place place = { .parts = parts, .n_parts = n_parts };
	size_t total = 0;

	ERR_clear_error();
	tls_ssl_rouse(stream->ssl);
	advance(&place, 0);
	while (place.i < place.n_parts) {
		size_t sent = 0;
		enum mc_io result = write_record(stream, &place, &sent);
		if (result != MC_IO_OK && total == 0)
			return result;
		if (result != MC_IO_OK)
			break;
		total += sent;
		advance(&place, sent);
	}
	*n = total;
	return MC_IO_OK;
}

enum mc_io
mc_stream_writev(struct mc_stream *stream, const struct iovec *parts, int n_parts, size_t *n)
{
	assert(n_parts > 0 && n_parts <= MC_STREAM_PARTS_MAX);
	if (stream->ssl != NULL)
		return write_tls(stream, parts, n_parts, n);
	return write_in_clear(stream->fd, parts, n_parts, n);
}

bool
mc_stream_in_handshake(const struct mc_stream *stream)
{
	return stream->ssl != NULL && !SSL_is_init_finished(stream->ssl);
}

bool
mc_stream_awaits_handshake(const struct mc_stream *stream)
{
	return mc_stream_in_handshake(stream) && SSL_want_read(stream->ssl);
}

const char *
mc_stream_distrust(const struct mc_stream *stream)
{
	long result = stream->ssl != NULL ? SSL_get_verify_result(stream->ssl) : X509_V_OK;

	return result != X509_V_OK ? X509_verify_cert_error_string(result) : NULL;
}

void
mc_stream_shutdown(struct mc_stream *stream)
{
	if (stream->ssl != NULL) {
		ERR_clear_error();
		/*
		 * Without a finished handshake there is no one to notify, and the FIN says enough.
		 */
		if (SSL_is_init_finished(stream->ssl))
			SSL_shutdown(stream->ssl);
		ERR_clear_error();
	}
	shutdown(stream->fd, SHUT_WR);
}

void
mc_stream_close(struct mc_stream *stream)
{
	SSL_free(stream->ssl);
	if (stream->fd >= 0)
		close(stream->fd);
	*stream = closed;
}
