// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_search.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/net/timers.hpp"
#include "gateway/net/tls.hpp"

namespace sallyport::net {
namespace {

constexpr int most_redirects = 3;  ///< in a row, without a session between them
constexpr std::string_view service = "_xmpp-client";

}  // namespace

std::string reason_of(const Error& error) {
    const std::string_view word = fault_word(error);
    return word == "certificate" ? "tls-certificate" : std::string(word);
}

ClientRoute internet(Timers& timers, Resolver& resolver, SrvResolver& services) {
    ClientRoute route;
    route.look_up = [&services](std::string domain, SrvResolver::Done done) {
        services.look_up(std::move(domain), std::move(done));
    };
    route.connect = [&timers, &resolver](ConnectOptions options, ConnectDone done) {
        connect_stream(timers, resolver, std::move(options), std::move(done));
    };
    return route;
}

ClientSearch::ClientSearch(Timers& timers, ClientRoute route, Options options)
    : timers_(timers), route_(std::move(route)), options_(std::move(options)) {}

/// A callback of this round: nothing happens when it comes too late.
template <class Value>
std::function<void(Result<Value>)> ClientSearch::then(void (ClientSearch::*next)(Result<Value>)) {
    return [weak = weak_from_this(), round = round_, next](Result<Value> value) {
        const auto self = weak.lock();
        if (self && self->round_ == round) ((*self).*next)(std::move(value));
    };
}

void ClientSearch::go(Done done) {
    ++round_;
    done_ = std::move(done);
    if (targets_.empty())
        if (const auto fixed = options_.place.fixed()) targets_.push_back(*fixed);
    const auto preferred = std::exchange(preferred_, std::nullopt);
    is_preferred_ = targets_.empty() && preferred;
    if (is_preferred_) targets_.push_back(*preferred);
    if (!targets_.empty()) return try_next();
    route_.look_up(options_.place.domain, then(&ClientSearch::found));
}

void ClientSearch::found(Result<std::vector<Target>> targets) {
    if (!targets) {
        LinkDown why{LinkFault::unreachable, "dns", targets.error().detail, {}};
        return end(std::move(why));
    }
    if (targets->empty()) {
        LinkDown why{LinkFault::refused, "no-service", "the domain says that it has none", {}};
        return end(std::move(why));
    }
    for (Target& target : options_.place.narrow(std::move(*targets)))
        targets_.push_back(std::move(target));
    try_next();
}

void ClientSearch::try_next() {
    target_ = std::move(targets_.front());
    targets_.pop_front();
    binding_.reset();
    ConnectOptions connect;
    connect.address.host = target_.host;
    connect.address.port = target_.port;
    connect.timeout = options_.timeout;
    connect.tls_name = options_.place.certificate_name();
    if (target_.is_direct_tls) {
        auto context = tls();
        if (!context) {
            const Error error = context.error();
            boost::asio::post(timers_.executor(), [next = then(&ClientSearch::connected), error] {
                next(error);
            });
            return;
        }
        connect.tls = std::move(*context);
        connect.on_tls = [weak = weak_from_this()](const TlsDone& done) {
            if (const auto self = weak.lock()) self->binding_ = done;
        };
    }
    route_.connect(std::move(connect), then(&ClientSearch::connected));
}

Result<std::shared_ptr<const TlsContext>> ClientSearch::tls() const {
    // XEP-0368 §3: the protocol is named where nothing else would name it.
    const char* alpn = target_.is_direct_tls ? "xmpp-client" : "";
    return make_client_tls(options_.ca, {alpn, std::string(service), options_.certificate});
}

void ClientSearch::connected(Result<std::unique_ptr<ByteStream>> stream) {
    if (stream) return end(Found{std::move(*stream), std::exchange(binding_, std::nullopt)});
    if (!targets_.empty()) return try_next();
    if (std::exchange(is_preferred_, false))
        return route_.look_up(options_.place.domain, then(&ClientSearch::found));
    const Error error = stream.error();
    std::string reason = reason_of(error);
    const bool is_refused = reason == "tls-certificate";
    const LinkFault fault = is_refused ? LinkFault::busy : LinkFault::unreachable;
    end(LinkDown{fault, std::move(reason), error.detail, {}});
}

void ClientSearch::end(std::variant<Found, LinkDown> result) {
    const Done done = std::exchange(done_, {});
    done(std::move(result));
}

bool ClientSearch::follow(const Target& other) {
    if (redirects_ >= most_redirects) return false;
    ++redirects_;
    targets_.assign(1, other);
    return true;
}

}  // namespace sallyport::net
