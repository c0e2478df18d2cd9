// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/timers.hpp"
#include "gateway/net/tls.hpp"
#include "gateway/net/xmpp_link.hpp"

namespace sallyport::net {

Connector tcp_connector(Timers& timers, Resolver& resolver, const LinkOptions& options) {
    ConnectOptions connect;
    connect.address = options.address;
    connect.timeout = options.connect_timeout;
    const config::Tls tls = options.tls;
    return [&timers, &resolver, connect, tls](ConnectDone done) {
        ConnectOptions attempt = connect;
        if (tls.mode == config::Tls::Mode::on) {
            // Read at each attempt: a replaced CA file is picked up by the next one.
            auto context = make_client_tls(tls.ca);
            if (!context) {
                boost::asio::post(
                    timers.executor(),
                    [done = std::move(done), error = context.error()] { done(error); }
                );
                return;
            }
            attempt.tls = std::move(*context);
        }
        connect_stream(timers, resolver, std::move(attempt), std::move(done));
    };
}

}  // namespace sallyport::net
