// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "gateway/port/http.hpp"

namespace sallyport::net {

/// Reads HTTP/1.x requests from bytes in any split, one after another. Beast's parser underneath;
/// no socket, no clock.
class HttpParser {
  public:
    enum class Status {
        idle,      ///< not a byte of a request yet
        header,    ///< inside its head
        body,      ///< the head is complete
        complete,  ///< take() it, then next()
        failed     ///< fault() says how to answer; the connection cannot go on
    };
    /// What is to be done with the body that follows a head.
    struct BodyPlan {
        bool refuse = false;                         ///< it is not wanted: failed, with fault() 0
        std::function<bool(std::string_view)> sink;  ///< takes it in pieces; false refuses the rest
    };
    /// Asked once for every request with a body. Without a sink the body is in the request, and
    /// bounded by `body_bytes`; a sink bounds it itself.
    using Plan = std::function<BodyPlan(const port::HttpRequest& head)>;

    HttpParser(std::size_t header_bytes, std::size_t body_bytes);
    ~HttpParser();
    HttpParser(const HttpParser&) = delete;
    HttpParser& operator=(const HttpParser&) = delete;

    void set_plan(Plan plan);
    /// Takes bytes up to the end of the request and returns how many; the rest belongs to the next
    /// one. While inside a head nothing may be taken: bytes not taken are to be given again, with
    /// more behind them.
    std::size_t feed(std::string_view bytes);
    Status status() const;
    /// 400, 413, 431, 501 or 505; 0 = refused by the plan. REQUIRES: failed.
    int fault() const;
    /// The client waits for "100 Continue" before it sends the body. True once.
    bool take_expects_continue();
    bool keeps_alive() const;  ///< what the client wants after this request
    bool is_http10() const;
    port::HttpRequest take();  ///< REQUIRES: complete
    void next();               ///< ready for another request

  private:
    class Beast;
    std::unique_ptr<Beast> beast_;
    std::size_t header_bytes_;
    std::size_t body_bytes_;
};

}  // namespace sallyport::net
