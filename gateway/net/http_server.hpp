// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/secret.hpp"
#include "config/units.hpp"
#include "gateway/port/context.hpp"
#include "gateway/port/http.hpp"
#include "xmpp/core/result.hpp"

namespace sallyport {
class Log;
}

namespace sallyport::net {

class Timers;
class TlsContext;

/// Bounds on what clients may make us hold. Over them: 413, 431, 408, 503.
struct HttpLimits {
    std::size_t body_bytes = 1024 * 1024;
    std::size_t header_bytes = 16 * 1024;  ///< request line and fields together
    std::chrono::milliseconds header_timeout{
        10'000};  ///< from the first byte of a request to the end of its header
    std::chrono::milliseconds body_timeout{10'000};  ///< from there to its last byte
    /// For a body that is received in pieces, `body_timeout` is between two of them, and this for
    /// all.
    std::chrono::milliseconds receive_timeout{10 * 60'000};
    std::chrono::milliseconds handler_timeout{30'000};  ///< until a handler answers: then 503
    std::chrono::milliseconds write_timeout{
        30'000};  ///< without the client taking a byte of the answer
    std::chrono::milliseconds idle_timeout{60'000};  ///< between requests of a kept connection
    std::size_t connections = 1024;
    std::size_t per_address =
        128;  ///< connections of one remote address; loopback and Unix sockets (a proxy) are exempt
};

struct HttpServerOptions {
    struct Certificate {
        std::filesystem::path chain;
        std::filesystem::path key;
    };
    config::Endpoint listen;                 ///< port 0: any free one, see endpoint()
    std::optional<Certificate> certificate;  ///< absent: plain HTTP
    std::string public_url;                  ///< what Webhooks::public_url answers
    /// When set, every request needs `Authorization: Bearer TOKEN`; else 401. Compared in constant
    /// time.
    std::optional<config::Secret> token;
    HttpLimits limits;
};

/// A file as an answer: streamed, with Range (one range), nosniff, and a download name.
struct FileAnswer {
    std::filesystem::path path;
    std::string content_type;  ///< "" = application/octet-stream
    std::string name;          ///< for Content-Disposition, "" = none
    bool attachment = true;    ///< attachment; or inline
    std::chrono::seconds max_age{0};

    FileAnswer() = default;
    FileAnswer(std::filesystem::path p, std::string type, std::string n)
        : path(std::move(p)), content_type(std::move(type)), name(std::move(n)) {}
};
/// Takes one request's body piece by piece, so that it need not be held in memory. Destroyed before
/// finish(): the client broke off; else right after it.
class BodyReceiver {
  public:
    virtual ~BodyReceiver() = default;
    /// An answer refuses the rest: it is sent, and the connection is closed.
    virtual std::optional<port::HttpResponse> take(std::string_view bytes) = 0;
    /// The body is complete: answered once, now or later, also when this is gone by then.
    virtual void finish(port::Respond respond) = 0;
};
/// Decides by the head who takes the body, or answers without it.
using ReceiverOrResponse = std::variant<std::unique_ptr<BodyReceiver>, port::HttpResponse>;
using ReceiveHandler = std::function<ReceiverOrResponse(const port::HttpRequest& head)>;
/// What a file route answers: a file, or a plain response (404, 410, …).
using FileOrResponse = std::variant<FileAnswer, port::HttpResponse>;
using FileHandler = std::function<FileOrResponse(const port::HttpRequest&)>;

/// One HTTP/1.1 listener (TCP, TLS or Unix socket) with exact and prefix routes. Network thread
/// only.
///
/// Answers by itself: 400 for garbage, 401, 404, 405 with Allow, 408, 413, 431, 501 for other
/// transfer codings, 503 while draining or when a handler is silent, 505. HEAD is answered as GET
/// without its body. Requests of one connection are answered in order.
class HttpServer : public port::Webhooks {
  public:
    /// All paths from `path` down (longest wins): GET, HEAD and POST. A repeated mount replaces.
    void mount(std::string path, port::WebhookHandler handler) override = 0;
    void unmount(std::string_view path) override = 0;
    /// Exactly this path, for these methods ("GET" implies HEAD).
    virtual void route(
        std::string path, std::vector<std::string> methods, port::WebhookHandler handler
    ) = 0;
    /// All paths below `prefix`: GET, HEAD and OPTIONS.
    virtual void serve_files(std::string prefix, FileHandler handler) = 0;
    /// All paths below `prefix`, for these methods: bodies of any size, in pieces.
    virtual void receive(
        std::string prefix, std::vector<std::string> methods, ReceiveHandler handler
    ) = 0;

    /// Binds and begins to accept. Errors: address in use, no permission, bad certificate; naming
    /// address or file. A Unix socket is created 0600; a stale one is replaced.
    virtual Result<> open() = 0;
    /// Where it listens, with the real port. REQUIRES: open() succeeded.
    virtual config::Endpoint endpoint() const = 0;
    /// For connections from now on; null = plain HTTP.
    virtual void set_tls(std::shared_ptr<const TlsContext> tls) = 0;
    virtual void set_token(std::optional<config::Secret> token) = 0;
    /// While on: new requests get 503 and Retry-After (providers try again), running ones end as
    /// usual.
    virtual void set_draining(bool on) = 0;
    /// Stops accepting, closes idle connections, waits at most `grace` for running requests; then
    /// `done`, once.
    virtual void stop(std::chrono::milliseconds grace, std::function<void()> done) = 0;

    struct Counters {
        std::uint64_t requests = 0;
        std::uint64_t refused = 0;              ///< answered by the server itself with 4xx or 5xx
        std::uint64_t connections_refused = 0;  ///< over a cap
        std::size_t connections = 0;            ///< now
        std::size_t running = 0;                ///< requests in handlers now
    };
    virtual const Counters& counters() const = 0;
};

/// `timers` and `log` must outlive it.
std::unique_ptr<HttpServer> make_http_server(
    Timers& timers, const Log& log, HttpServerOptions options
);

}  // namespace sallyport::net
