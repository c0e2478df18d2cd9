// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "gateway/net/http_routes.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/timers.hpp"

namespace sallyport::net {

/// What all connections of one listener share: its bounds, its routes, and who may ask for what.
/// The listener owns it, and it outlives them.
struct HttpShared {
    Timers& timers;
    const Log& log;
    HttpLimits limits;
    std::optional<config::Secret> token;
    HttpRoutes routes;
    HttpServer::Counters counters;
    bool draining = false;
    bool stopping = false;

    HttpShared(Timers& t, const Log& l, HttpServerOptions&& options)
        : timers(t), log(l), limits(options.limits), token(std::move(options.token)) {}

    /// The answer to a request that no handler gets to see: 503, 401, 404 or 405. `route` is where
    /// its path leads, null: nowhere.
    std::optional<port::HttpResponse> refusal(
        const HttpRoutes::Route* route, const port::HttpRequest& request
    ) const;

  private:
    bool is_token_right(const port::HttpRequest& request) const;
};

}  // namespace sallyport::net
