// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "gateway/port/http.hpp"

namespace sallyport::net {

/// HTTP/1.1 requests with kept connections, one at a time on each, so that a failure concerns one
/// message. Proxies of the environment are not used. Network thread only.
class HttpClient {
  public:
    virtual ~HttpClient() = default;
    /// Starts a request; `done` runs exactly once, never from within this call.
    virtual void request(port::HttpRequest request, port::HttpDone done) = 0;
    /// Requests that have not ended.
    virtual std::size_t running() const = 0;
};

/// libcurl's multi interface on the loop. `connections` bounds the pool (256 is where the curve is
/// flat, house.md).
std::unique_ptr<HttpClient> make_http_client(
    boost::asio::any_io_executor executor, std::size_t connections = 256
);

/// The same as an awaitable, for errands.
boost::asio::awaitable<port::HttpResult> fetch(HttpClient& client, port::HttpRequest request);

}  // namespace sallyport::net
