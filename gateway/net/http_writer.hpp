// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/clock.hpp"
#include "gateway/port/http.hpp"

namespace sallyport::net {

/// How an answer is put on its connection.
struct AnswerFrame {
    bool head_only = false;  ///< to a HEAD
    bool close = false;      ///< the connection ends after it
    bool http10 = false;
    std::optional<std::uint64_t>
        length;  ///< of a body that follows by other means; absent = response.body's
};

/// Appends status line, fields and body. Fields that would split the head are left out, as are
/// those that are ours to set (Content-Length, Connection, Transfer-Encoding, Date).
void write_answer(
    std::string& out, const port::HttpResponse& response, const AnswerFrame& frame, WallTime now
);

/// A plain answer of the server's own: "404 Not Found" as text.
port::HttpResponse plain_answer(int status);
/// RFC 9110 §5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(WallTime time);

}  // namespace sallyport::net
