// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/resolver.hpp"
#include "gateway/net/timers.hpp"

namespace sallyport::net {
namespace {

using Stream = boost::asio::generic::stream_protocol;

constexpr auto next_address_after = std::chrono::milliseconds(250);  // RFC 8305 §5
constexpr std::size_t longest_path = 107;                            // sockaddr_un

struct Target {
    Stream::endpoint endpoint;
    std::string peer;
};

/// One attempt to get a stream: lives in the callbacks that it waits for.
class Attempt : public std::enable_shared_from_this<Attempt> {
  public:
    Attempt(Timers& timers, Resolver& resolver, ConnectOptions options, ConnectDone done)
        : timers_(timers),
          resolver_(resolver),
          options_(std::move(options)),
          done_(std::move(done)) {}

    void start();

  private:
    void resolved(Result<Resolver::Endpoints> endpoints);
    void try_next();
    void tried(std::size_t index, const boost::system::error_code& error);
    void shake_hands(std::unique_ptr<ByteStream> stream);
    void finish(Result<std::unique_ptr<ByteStream>> result);
    std::string name() const { return options_.address.to_string(); }

    Timers& timers_;
    Resolver& resolver_;
    ConnectOptions options_;
    ConnectDone done_;
    std::vector<Target> targets_;
    std::vector<Stream::socket> sockets_;  ///< one per target tried, same index
    std::size_t failed_ = 0;
    std::string last_error_;
    std::unique_ptr<ByteStream> stream_;  ///< while it shakes hands
    Timers::Handle deadline_;
    Timers::Handle stagger_;
};

void Attempt::start() {
    deadline_ = timers_.after(options_.timeout, [self = shared_from_this()] {
        self->finish(make_error(Fault::timeout, self->name() + ": no connection in time"));
    });
    if (options_.address.is_unix()) {
        if (options_.address.path.string().size() > longest_path) {
            const Error error =
                make_error(Fault::connect, name() + ": the path is too long for a socket");
            boost::asio::post(timers_.executor(), [self = shared_from_this(), error] {
                self->finish(error);
            });
            return;
        }
        const boost::asio::local::stream_protocol::endpoint path(options_.address.path.string());
        targets_.push_back({Stream::endpoint(path), "unix"});
        sockets_.reserve(1);
        try_next();
        return;
    }
    resolver_.resolve(
        options_.address.host,
        options_.address.port,
        [self = shared_from_this()](auto endpoints) { self->resolved(std::move(endpoints)); }
    );
}

void Attempt::resolved(Result<Resolver::Endpoints> endpoints) {
    if (!done_) return;
    if (!endpoints) {
        finish(endpoints.error());
        return;
    }
    for (const auto& endpoint : *endpoints)
        targets_.push_back({Stream::endpoint(endpoint), endpoint.address().to_string()});
    sockets_.reserve(targets_.size());
    try_next();
}

void Attempt::try_next() {
    if (!done_ || sockets_.size() == targets_.size()) return;
    timers_.cancel(stagger_);
    const std::size_t index = sockets_.size();
    sockets_.emplace_back(timers_.executor());
    sockets_.back().async_connect(
        targets_[index].endpoint,
        [self = shared_from_this(), index](const boost::system::error_code& error) {
            self->tried(index, error);
        }
    );
    if (sockets_.size() < targets_.size())
        stagger_ =
            timers_.after(next_address_after, [self = shared_from_this()] { self->try_next(); });
}

void Attempt::tried(std::size_t index, const boost::system::error_code& error) {
    if (!done_ || stream_) return;
    if (!error) {
        const int socket = sockets_[index].release();
        sockets_.clear();
        timers_.cancel(stagger_);
        shake_hands(adopt_socket(timers_, socket, targets_[index].peer));
        return;
    }
    last_error_ = targets_[index].peer + ": " + error.message();
    ++failed_;
    if (failed_ == targets_.size())
        finish(make_error(Fault::connect, name() + ": " + last_error_));
    else
        try_next();
}

void Attempt::shake_hands(std::unique_ptr<ByteStream> stream) {
    if (!options_.tls) {
        finish(std::move(stream));
        return;
    }
    stream_ = std::move(stream);
    const std::string& expected =
        options_.tls_name.empty() ? options_.address.host : options_.tls_name;
    stream_->start_tls(
        options_.tls->make_session(expected),
        [self = shared_from_this()](Result<TlsDone> shaken) {
            if (!self->done_) return;
            if (!shaken) {
                const Error why = shaken.error();
                const std::string said = why.detail.empty() ? why.to_string() : why.detail;
                self->finish(Error(why.code, self->name() + ": " + said));
                return;
            }
            if (self->options_.on_tls) self->options_.on_tls(*shaken);
            self->finish(std::move(self->stream_));
        }
    );
}

void Attempt::finish(Result<std::unique_ptr<ByteStream>> result) {
    if (!done_) return;
    timers_.cancel(deadline_);
    timers_.cancel(stagger_);
    sockets_.clear();
    const ConnectDone done = std::exchange(done_, {});
    stream_.reset();
    done(std::move(result));
}

}  // namespace

void connect_stream(Timers& timers, Resolver& resolver, ConnectOptions options, ConnectDone done) {
    std::make_shared<Attempt>(timers, resolver, std::move(options), std::move(done))->start();
}

}  // namespace sallyport::net
